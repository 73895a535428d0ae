import { expect, test } from "vitest";
import type { Trajectory } from "./trajectory.js";
import { returnOf } from "./trajectory.js";
import { transitionsOf } from "./transitions.js";

function trajectory(observations: number[], { terminated = false } = {}): Trajectory {
  const steps = observations.length / 2 - 1;
  const terminations = new Uint8Array(steps);
  if (terminated) terminations[steps - 1] = 1;
  return {
    steps,
    observationDim: 2,
    actionDim: 1,
    observations: Float64Array.from(observations),
    actions: Float32Array.from({ length: steps }, (_, t) => t / 2),
    rewards: Float64Array.from({ length: steps }, (_, t) => t + 1),
    terminations,
    truncations: Uint8Array.from({ length: steps }, (_, t) => (t === steps - 1 ? 1 : 0)),
  };
}

test("steps of all trajectories lie side by side; next observations never cross from one to another", () => {
  const all = transitionsOf([trajectory([0, 1, 2, 3, 4, 5]), trajectory([10, 11, 12, 13], { terminated: true })]);
  expect(all.count).toBe(3);
  expect([...all.observations]).toEqual([0, 1, 2, 3, 10, 11]);
  expect([...all.nextObservations]).toEqual([2, 3, 4, 5, 12, 13]);
  expect([...all.actions]).toEqual([0, 0.5, 0]);
  expect([...all.rewards]).toEqual([1, 2, 1]);
  expect([...all.notDone], "time-outs bootstrap, terminations do not").toEqual([1, 1, 0]);
  expect([...all.trajectory]).toEqual([0, 0, 1]);
  expect([...all.starts]).toEqual([0, 2, 3]);
});

test("none at all and unequal widths are refused", () => {
  expect(() => transitionsOf([])).toThrow(/at least one trajectory/);
  expect(() => transitionsOf([trajectory([0, 1, 2, 3]), { ...trajectory([0, 1, 2, 3]), actionDim: 2 }])).toThrow(/trajectory 1 must have observations of 2 and actions of 1 numbers, got 2 and 2/);
});

test("the return is the sum of rewards", () => {
  expect(returnOf(trajectory([0, 0, 0, 0, 0, 0]))).toBe(3);
});
