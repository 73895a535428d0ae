/** Data sets of several robots at one width, and what prompts are taken from them. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { returnOf } from "../../datasets/index.js";
import { projectRoot } from "../../util/index.js";
import { locomotionConfig } from "./config.js";
import { loadLocomotion, locomotionSets, locomotionStore, locomotionWidths, prepareLocomotion, promptPool, promptTokens, type LoadedSet } from "./training-data.js";

const config = locomotionConfig({ data: { datasets: ["hopper-medium", "walker2d-medium"], steps: 4000 }, algorithm: { promptSteps: 5 } });
let home: string;
let sets: LoadedSet[];
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "llmdpd-locomotion-data-"));
  mkdirSync(join(home, "raw"));
  symlinkSync(join(projectRoot(), "data", "cache"), join(home, "cache"), "junction");
  vi.stubEnv("LLMDPD_DATA", home);
  await prepareLocomotion([config]);
  sets = await loadLocomotion(config);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

it("names regenerated data by what differs from the defaults, and D4RL's own as D4RL does", () => {
  expect(locomotionSets(config).map(({ id, robot, kind }) => [id, robot, kind])).toEqual([
    ["hopper-medium-regenerated-steps4000", "hopper", "medium"],
    ["walker2d-medium-regenerated-steps4000", "walker2d", "medium"],
  ]);
  const ids = (data: object): string[] => locomotionSets(locomotionConfig({ data })).map(({ id }) => id);
  expect(ids({ datasets: ["walker2d-medium-expert"], source: "d4rl" })).toEqual(["walker2d-medium-expert-v2"]);
  expect(ids({ datasets: ["halfcheetah-medium-replay"], seed: 2, steps: 5 })).toEqual(["halfcheetah-medium-replay-regenerated-seed2"]);
});

it("widens the smaller robot with zeros, which stay zero when normalised", () => {
  expect(locomotionWidths(config)).toEqual({ observation: 17, action: 6, mixedActions: true });
  const { tasks } = locomotionStore(config, { sets });
  const [hopper, walker] = tasks;
  expect(tasks.map(({ name, actionWidth, goalStarts, count }) => [name, actionWidth, goalStarts[1] === count])).toEqual([["hopper-medium", 3, true], ["walker2d-medium", 6, true]]);
  const beyond = (rows: Float32Array, { width, used }: { width: number; used: number }): Float32Array => rows.filter((_, i) => i % width >= used);
  expect(beyond(hopper!.observations, { width: 17, used: 11 }).every((value) => value === 0)).toBe(true);
  expect(beyond(hopper!.nextObservations, { width: 17, used: 11 }).every((value) => value === 0)).toBe(true);
  expect(beyond(hopper!.actions, { width: 6, used: 3 }).every((value) => value === 0)).toBe(true);
  expect(hopper!.actions.some((value, i) => i % 6 === 2 && value !== 0) && walker!.actions.some((value, i) => i % 6 === 5 && value !== 0)).toBe(true);
  for (const { observations, count } of tasks) {
    const first = observations.filter((_, i) => i % 17 === 0);
    const mean = first.reduce((sum, value) => sum + value, 0) / count;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.sqrt(first.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count)).toBeGreaterThan(0.5);
  }
  // D4RL's rule: a fall ends, a time-out does not.
  expect(hopper!.notDone.some((value) => value === 0)).toBe(true);
});

it("prompts with the tenth of the episodes that went best, of the set itself or, as a control, of the next", () => {
  const [hopper, walker] = sets as [LoadedSet, LoadedSet];
  const prompts = promptTokens(hopper, { steps: 5 });
  expect(prompts).toHaveLength(Math.max(1, Math.floor(hopper.episodes.length / 10)));
  expect(prompts.every((tokens) => tokens.length === 5 * (17 + 6 + 1) && tokens.every(Number.isFinite))).toBe(true);
  const best = hopper.episodes.reduce((one, two) => (returnOf(two) > returnOf(one) ? two : one));
  const reward = prompts[0]?.[23] as number;
  expect(reward * hopper.rewardSize).toBeCloseTo(best.rewards[0] as number, 4);
  const wrong = promptPool(sets, locomotionConfig({ trajectory: { content: "wrong-task" }, algorithm: { promptSteps: 5 } }));
  expect(wrong.get("hopper-medium")).toEqual(promptTokens(walker, { steps: 5 }));
  expect(wrong.get("walker2d-medium")).toEqual(prompts);
});

it("says how to get what is not there", async () => {
  await expect(loadLocomotion(locomotionConfig({ data: { datasets: ["hopper-expert"] } }))).rejects.toThrow(/Cannot find data set "hopper-expert-regenerated"/);
  vi.stubEnv("D4RL_DATASET_DIR", join(home, "none"));
  await expect(prepareLocomotion([locomotionConfig({ data: { datasets: ["hopper-medium"], source: "d4rl" } })])).rejects.toThrow(/hopper_medium-v2\.hdf5 is needed and not there.*data fetch hopper-medium-v2/);
});
