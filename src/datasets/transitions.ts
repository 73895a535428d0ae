import { UserError } from "../util/index.js";
import type { Trajectory } from "./trajectory.js";

/** Steps (s, a, r, s′) of many trajectories as a struct of arrays, by rows, in the order of the trajectories. */
export interface Transitions {
  readonly count: number;
  readonly observationDim: number;
  readonly actionDim: number;
  /** (count, observationDim). */
  readonly observations: Float32Array;
  /** (count, actionDim). */
  readonly actions: Float32Array;
  /** (count). */
  readonly rewards: Float32Array;
  /** (count, observationDim). */
  readonly nextObservations: Float32Array;
  /** (count) 0 where the environment ended the episode; 1 elsewhere, time-outs included. */
  readonly notDone: Float32Array;
  /** (count) which trajectory a step belongs to. */
  readonly trajectory: Int32Array;
  /** (trajectories + 1) first step of each trajectory, then `count`. */
  readonly starts: Int32Array;
}

/** Room for `count` steps, all zero. */
export function emptyTransitions(count: number, { observationDim, actionDim }: { observationDim: number; actionDim: number }): Omit<Transitions, "starts"> {
  return {
    count,
    observationDim,
    actionDim,
    observations: new Float32Array(count * observationDim),
    actions: new Float32Array(count * actionDim),
    rewards: new Float32Array(count),
    nextObservations: new Float32Array(count * observationDim),
    notDone: new Float32Array(count),
    trajectory: new Int32Array(count),
  };
}

/**
 * Lays the steps of trajectories side by side.
 *
 * @throws UserError if there are none or their widths differ
 * @example transitionsOf(dataset.tasks.get("drawer-open")).observations // (count, 39) float32
 */
export function transitionsOf(trajectories: readonly Trajectory[]): Transitions {
  const [first] = trajectories;
  if (first === undefined) throw new UserError("Cannot make transitions: at least one trajectory is needed, got none.");
  const { observationDim, actionDim } = first;
  const count = trajectories.reduce((sum, { steps }) => sum + steps, 0);
  const all = { ...emptyTransitions(count, { observationDim, actionDim }), starts: new Int32Array(trajectories.length + 1) };
  let at = 0;
  for (const [index, trajectory] of trajectories.entries()) {
    const { steps, observations } = trajectory;
    if (trajectory.observationDim !== observationDim || trajectory.actionDim !== actionDim) {
      throw new UserError(
        `Cannot make transitions: trajectory ${index} must have observations of ${observationDim} and actions of ${actionDim} numbers, got ${trajectory.observationDim} and ${trajectory.actionDim}.`,
      );
    }
    all.starts[index] = at;
    all.observations.set(observations.subarray(0, steps * observationDim), at * observationDim);
    all.nextObservations.set(observations.subarray(observationDim, (steps + 1) * observationDim), at * observationDim);
    all.actions.set(trajectory.actions, at * actionDim);
    all.rewards.set(trajectory.rewards, at);
    for (let t = 0; t < steps; t++) all.notDone[at + t] = 1 - (trajectory.terminations[t] as number);
    all.trajectory.fill(index, at, at + steps);
    at += steps;
  }
  all.starts[trajectories.length] = at;
  return all;
}
