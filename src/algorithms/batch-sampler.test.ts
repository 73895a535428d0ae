import { describe, expect, test } from "vitest";
import { treeEntries, type HostArray } from "../engine/index.js";
import { Rng } from "../util/index.js";
import { createBatchSampler, type BatchSamplerOptions, type TransitionStore } from "./batch-sampler.js";
import type { LlmdpdBatch } from "./batch.js";
import { randomStore, smallConfig, smallDims as dims } from "./test-data.js";
import { emaRateAt, learningRateScaleAt } from "./update-schedule.js";

const config = smallConfig();
const store = randomStore(config, { dims });
const sampler = (options: Partial<BatchSamplerOptions> = {}): ReturnType<typeof createBatchSampler> =>
  createBatchSampler({ config, dims, store, rng: new Rng(7), totalSteps: 100, ...options });
const copy = (batch: LlmdpdBatch<HostArray>): Record<string, number[]> => Object.fromEntries(treeEntries<HostArray>(batch).map(([name, { data }]) => [name, [...data]]));
const taskOf = (batch: LlmdpdBatch<HostArray>, row: number): number => Math.floor((batch.reward.data[row] as number) + 1e-4);

describe("createBatchSampler", () => {
  test("a batch depends on seed and step alone", () => {
    const one = sampler();
    one.sample(0);
    one.sample(1);
    expect(copy(one.sample(2))).toEqual(copy(sampler().sample(2)));
    expect(copy(one.sample(3))).not.toEqual(copy(one.sample(2)));
    expect(copy(sampler({ rng: new Rng(8) }).sample(2))).not.toEqual(copy(one.sample(2)));
  });

  test("groups hold one task each, all different, and whole transitions", () => {
    for (let step = 0; step < 50; step++) {
      const batch = sampler().sample(step);
      const tasks = [0, 1, 2].map((group) => taskOf(batch, group * 4));
      expect(new Set(tasks).size).toBe(3);
      for (let row = 0; row < 12; row++) {
        const index = taskOf(batch, row);
        expect(index).toBe(tasks[Math.floor(row / 4)]);
        const task = store.tasks[index]!;
        const at = Math.round(((batch.reward.data[row] as number) - index) * 100);
        expect(batch.observation.data.slice(row * 5, row * 5 + 5)).toEqual(task.observations.slice(at * 5, at * 5 + 5));
        expect(batch.nextObservation.data.slice(row * 5, row * 5 + 5)).toEqual(task.nextObservations.slice(at * 5, at * 5 + 5));
        expect(batch.action.data.slice(row * 2, row * 2 + 2)).toEqual(task.actions.slice(at * 2, at * 2 + 2));
        expect(batch.notDone.data[row]).toBe(task.notDone[at]);
      }
    }
  });

  test("with more groups than tasks every task comes before one comes again", () => {
    const wide = smallConfig({ tasksPerBatch: 6 });
    const two = { tasks: store.tasks.slice(0, 2) };
    const batch = createBatchSampler({ config: wide, dims, store: two, rng: new Rng(1), totalSteps: 1 }).sample(0);
    const counts = [0, 0];
    for (let group = 0; group < 6; group++) counts[taskOf(batch, group * 4)]! += 1;
    expect(counts).toEqual([3, 3]);
  });

  test.each(["other", "same", "any"] as const)("a prompt shows %s goal", (promptGoal) => {
    const seen = new Set<boolean>();
    for (let step = 0; step < 100; step++) {
      const batch = sampler({ promptGoal }).sample(step);
      for (let row = 0; row < 12; row++) {
        const group = Math.floor(row / 4);
        const goal = batch.prompt!.data[group * 4 * 8] as number;
        const at = Math.round(((batch.reward.data[row] as number) - taskOf(batch, row)) * 100);
        seen.add(Math.floor(at / 10) === goal);
      }
    }
    expect(seen).toEqual(new Set({ other: [false], same: [true], any: [true, false] }[promptGoal]));
  });

  test("text carries noise of the asked size and is dropped as a whole", () => {
    const zero = (options: object): number[] => {
      const quiet = smallConfig({ textNoise: 0, ...options });
      return Array.from({ length: 400 }, (_, step) => createBatchSampler({ config: quiet, dims, store, rng: new Rng(1), totalSteps: 1 }).sample(step).text!.data)
        .flatMap((data) => [0, 1, 2].map((row) => (data.slice(row * 6, row * 6 + 6).every((value) => value === 0) ? 1 : 0)));
    };
    const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(zero({ textDropout: 0 }))).toBe(0);
    expect(mean(zero({ textDropout: 1 }))).toBe(1);
    expect(mean(zero({ textDropout: 0.3 }))).toBeCloseTo(0.3, 1);

    const flat: TransitionStore = { tasks: store.tasks.map((task) => ({ ...task, texts: [Float32Array.of(2, -2, 2, -2, 2, -2)] })) };
    const noisy = createBatchSampler({ config: smallConfig({ textNoise: 0.5, textDropout: 0 }), dims, store: flat, rng: new Rng(1), totalSteps: 1 });
    const errors = Array.from({ length: 300 }, (_, step) => [...noisy.sample(step).text!.data].map((value, i) => value - (i % 2 === 0 ? 2 : -2))).flat();
    expect(Math.sqrt(mean(errors.map((error) => error * error)))).toBeCloseTo(1, 1);
  });

  test("a mask tells a task's own actions from padding", () => {
    const mixed: TransitionStore = { tasks: store.tasks.map((task, i) => (i === 1 ? { ...task, actionWidth: 1 } : task)) };
    const sample = sampler({ store: mixed, dims: { ...dims, mixedActions: true }, buffers: 1 }).sample;
    for (let step = 0; step < 20; step++) {
      const batch = sample(step);
      expect([...batch.actionMask!.data]).toEqual([0, 1, 2].flatMap((group) => (taskOf(batch, group * 4) === 1 ? [1, 0] : [1, 1])));
    }
    expect("actionMask" in sampler().sample(0)).toBe(false);
    expect(() => sampler({ store: mixed })).toThrow(/"task-1": numbers of an action that are its own: required 2, got 1/);
  });

  test("buffers keep that many batches apart", () => {
    const ring = sampler({ buffers: 2 });
    const first = ring.sample(0);
    const before = copy(first);
    expect(ring.sample(1)).not.toBe(first);
    expect(copy(first)).toEqual(before);
    expect(ring.sample(2)).toBe(first);
  });

  test("variants carry no branch that they do not read", () => {
    const none = smallConfig({ useText: false, useTrajectory: false, eta: 0 });
    const batch = createBatchSampler({ config: none, dims, store, rng: new Rng(1), totalSteps: 1 }).sample(0);
    expect(Object.keys(batch)).not.toEqual(expect.arrayContaining(["text"]));
    expect("prompt" in batch || "actorNoise" in batch).toBe(false);
  });

  test("data that do not fit are named", () => {
    const broken = (change: Partial<TransitionStore["tasks"][number]>): TransitionStore => ({ tasks: [{ ...store.tasks[0]!, ...change }] });
    expect(() => sampler({ store: { tasks: [] } })).toThrow(/at least one task/);
    expect(() => sampler({ store: broken({ actions: new Float32Array(3) }) })).toThrow(/"task-0": actions: required 60 numbers, got 3/);
    expect(() => sampler({ store: broken({ texts: [] }) })).toThrow(/text vectors: required at least 1, got 0/);
    expect(() => sampler({ store: broken({ prompts: [{ goal: 5, tokens: new Float32Array(32) }] }) })).toThrow(/goal: required 0 to 2, got 5/);
    expect(() => sampler({ store: broken({ goalStarts: Int32Array.of(0, 30), prompts: [{ goal: 0, tokens: new Float32Array(32) }] }) })).toThrow(/another goal/);
  });
});

test("the moving average is due every few updates from a first one on", () => {
  const due = { emaRate: 0.1, emaEvery: 5, emaFrom: 10 };
  expect([0, 5, 9, 10, 11, 14, 15, 20].map((step) => emaRateAt(step, due))).toEqual([0, 0, 0, 0.1, 0, 0, 0.1, 0.1]);
});

test("the cosine schedule goes from one to zero", () => {
  const at = (step: number): number => learningRateScaleAt(step, { config: { learningRateSchedule: "cosine" }, totalSteps: 10 });
  expect([at(0), at(5), at(10)].map((value) => Number(value.toFixed(9)))).toEqual([1, 0.5, 0]);
  expect(learningRateScaleAt(9, { config: { learningRateSchedule: "constant" }, totalSteps: 10 })).toBe(1);
});
