/**
 * Batches as numbers of rows, for a device that keeps the whole data set: the same draws as `createBatchSampler`, but what
 * is drawn is gathered on the device. The sampler runs over a store without observations, in which a transition's reward
 * is its row and a prompt's first token is its place in the table of prompts; place 0 holds zeros, a dropped prompt.
 */
import { hostArray, take, type HostArray, type Tensor } from "../engine/index.js";
import type { LlmdpdBatch } from "./batch.js";
import { createBatchSampler, type BatchSamplerOptions, type TransitionStore } from "./batch-sampler.js";

/** The data set on the device: N transitions of all tasks one after the other, R prompts after a row of zeros. */
export interface ResidentData<T> {
  /** (N, S) */
  readonly observations: T;
  /** (N, S) */
  readonly nextObservations: T;
  /** (N, 1) */
  readonly rewards: T;
  /** (R + 1, K, S + A + 1) */
  readonly prompts?: T;
}

/** A batch before the gathering: `reward` holds rows, `prompt` (M, 1, A + 1) places of prompts. */
export type RowBatch<T> = Omit<LlmdpdBatch<T>, "observation" | "nextObservation">;

export interface ResidentBatches {
  readonly data: ResidentData<HostArray>;
  /** The rows of update `step`, counted from 0; reused as the batches of `createBatchSampler`. */
  readonly sample: (step: number) => RowBatch<HostArray>;
  /** The batch itself, while tracing. */
  readonly gather: (rows: RowBatch<Tensor>, data: ResidentData<Tensor>) => LlmdpdBatch<Tensor>;
}

/** Rows are counted in float32. */
const maxRows = 2 ** 24;

/** Bytes of a data set on a device, or infinity if its rows cannot be counted. */
export function residentBytes({ tasks }: TransitionStore): number {
  const floats = tasks.reduce((sum, task) => sum + 2 * task.observations.length + task.count + task.prompts.reduce((all, { tokens }) => all + tokens.length, 0), 0);
  return tasks.reduce((sum, { count }) => sum + count, 0) < maxRows ? 4 * floats : Infinity;
}

/**
 * Makes a sampler of rows and the data to gather them from. An update on what it gathers is the same, bit by bit, as on
 * the batches of `createBatchSampler` with the same options.
 *
 * @throws UserError if the data do not fit the configuration
 * @example
 * const { data, sample, gather } = residentBatches(options);
 * const step = await compileStep((state, rows, all) => method.update(state, gather(rows, all)), { state, batch: sample(0), constants: data });
 */
export function residentBatches(options: BatchSamplerOptions): ResidentBatches {
  const { config, dims, store } = options;
  createBatchSampler(options);
  const { tasks } = store;
  const width = dims.observation + dims.action + 1;
  const joined = (parts: readonly Float32Array[], shape: readonly number[]): HostArray => {
    const all = new Float32Array(shape.reduce((product, size) => product * size, 1));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return hostArray(shape, all);
  };
  const count = tasks.reduce((sum, task) => sum + task.count, 0);
  const prompts = tasks.flatMap((task) => task.prompts.map(({ tokens }) => tokens));
  const data = {
    observations: joined(tasks.map((task) => task.observations), [count, dims.observation]),
    nextObservations: joined(tasks.map((task) => task.nextObservations), [count, dims.observation]),
    rewards: joined(tasks.map((task) => task.rewards), [count, 1]),
    ...(config.useTrajectory ? { prompts: joined([new Float32Array(config.promptSteps * width), ...prompts], [prompts.length + 1, config.promptSteps, width]) } : {}),
  };
  const sampler = createBatchSampler({ ...options, config: { ...config, promptSteps: 1 }, dims: { ...dims, observation: 0 }, store: rowStore(store, { tokens: dims.action + 1 }) });
  return {
    data,
    sample: (step) => {
      const { observation: _, nextObservation: __, ...rows } = sampler.sample(step);
      return rows;
    },
    gather: (rows, all) => {
      const row = rows.reward.reshape([-1]).astype("int32");
      const place = rows.prompt?.slice(2, [0, 1]).reshape([-1]).astype("int32");
      return {
        ...rows,
        observation: take(all.observations, row),
        nextObservation: take(all.nextObservations, row),
        reward: take(all.rewards, row),
        ...(place === undefined || all.prompts === undefined ? {} : { prompt: take(all.prompts, place) }),
      };
    },
  };
}

/** The store with rows for rewards and places for prompts. */
function rowStore({ tasks }: TransitionStore, { tokens }: { tokens: number }): TransitionStore {
  let row = 0;
  let place = 1;
  return {
    tasks: tasks.map((task) => ({
      ...task,
      observations: new Float32Array(0),
      nextObservations: new Float32Array(0),
      rewards: Float32Array.from({ length: task.count }, () => row++),
      prompts: task.prompts.map(({ goal }) => ({ goal, tokens: Float32Array.from({ length: tokens }, (_, i) => (i === 0 ? place++ : 0)) })),
    })),
  };
}
