/** Small data for the tests of this folder. */
import type { HostArray } from "../engine/index.js";
import { Rng } from "../util/index.js";
import { createBatchSampler, type TaskTransitions, type TransitionStore } from "./batch-sampler.js";
import type { LlmdpdBatch } from "./batch.js";
import { llmdpdConfig, type LlmdpdConfig, type LlmdpdDims } from "./config.js";

export const smallDims: LlmdpdDims = { observation: 5, action: 2, text: 6 };

const small = {
  hidden: 16, textWidth: 6, textHidden: 6, trajectoryWidth: 6, transformer: { layers: 1, width: 8, heads: 2 },
  promptSteps: 4, tasksPerBatch: 3, samplesPerTask: 4, emaFrom: 0, emaEvery: 1,
};

export function smallConfig(overrides: Partial<LlmdpdConfig> = {}): LlmdpdConfig {
  return llmdpdConfig.parse({ ...small, ...overrides });
}

/** Random tasks of three goals each; rewards carry the task's index, notDone is 0 in every fifth row. */
export function randomStore(config: LlmdpdConfig, { dims, tasks = 4, seed = 1 }: { dims: LlmdpdDims; tasks?: number; seed?: number }): TransitionStore {
  const rng = new Rng(seed);
  const normal = (length: number): Float32Array => rng.fillNormal(new Float32Array(length));
  const tokens = config.promptSteps * (dims.observation + dims.action + 1);
  return {
    tasks: Array.from({ length: tasks }, (_, index): TaskTransitions => {
      const count = 30;
      return {
        name: `task-${index}`,
        count,
        observations: normal(count * dims.observation),
        actions: rng.fillUniform(new Float32Array(count * dims.action), { low: -1, high: 1 }),
        rewards: Float32Array.from({ length: count }, (_unused, row) => index + row / 100),
        nextObservations: normal(count * dims.observation),
        notDone: Float32Array.from({ length: count }, (_unused, row) => (row % 5 === 4 ? 0 : 1)),
        goalStarts: Int32Array.of(0, 10, 20, 30),
        prompts: [0, 1, 2].map((goal) => ({ goal, tokens: normal(tokens).fill(goal, 0, 1) })),
        texts: [normal(dims.text), normal(dims.text)],
      };
    }),
  };
}

/** A batch of random data. */
export function randomBatch(config: LlmdpdConfig, { dims, seed = 1, step = 0 }: { dims: LlmdpdDims; seed?: number; step?: number }): LlmdpdBatch<HostArray> {
  return createBatchSampler({ config, dims, store: randomStore(config, { dims, seed }), rng: new Rng(seed), totalSteps: 100 }).sample(step);
}
