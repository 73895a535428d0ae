import type { HostArray } from "../engine/index.js";
import { UserError, type Rng } from "../util/index.js";
import type { LlmdpdBatch } from "./batch.js";
import type { LlmdpdConfig, LlmdpdDims } from "./config.js";
import { exampleBatch } from "./create.js";
import { NormalStream } from "./normal-stream.js";
import { emaRateAt, learningRateScaleAt } from "./update-schedule.js";

/** The transitions and prompts of one training task, as plain arrays; observations are normalised, rewards scaled. */
export interface TaskTransitions {
  readonly name: string;
  /** Number of transitions n. */
  readonly count: number;
  /** (n, S) */
  readonly observations: Float32Array;
  /** (n, A), in [−1, 1] */
  readonly actions: Float32Array;
  /** How many of the A numbers are actions of this task; the rest are zeros. Default A. */
  readonly actionWidth?: number;
  /** (n) */
  readonly rewards: Float32Array;
  /** (n, S) */
  readonly nextObservations: Float32Array;
  /** (n), 0 at a terminal state, else 1 */
  readonly notDone: Float32Array;
  /** Rows are sorted by goal: goal g owns rows goalStarts[g] … goalStarts[g + 1] − 1; the last entry is n. */
  readonly goalStarts: Int32Array;
  /** Trajectory prompts of this task, each with the index of its goal; tokens (K, S + A + 1), normalised. Empty without prompts. */
  readonly prompts: readonly { readonly goal: number; readonly tokens: Float32Array }[];
  /** Raw text vectors (E), centred and scaled: the description first, then its paraphrases. Empty without texts. */
  readonly texts: readonly Float32Array[];
}

/** The training data of a run, in memory. */
export interface TransitionStore {
  readonly tasks: readonly TaskTransitions[];
}

/** Whether a group's prompt shows another goal than its transitions, the same goal (an oracle), or any. */
export type PromptGoal = "other" | "same" | "any";

/** Options of a sampler. */
export interface BatchSamplerOptions {
  readonly config: LlmdpdConfig;
  readonly dims: LlmdpdDims;
  readonly store: TransitionStore;
  readonly rng: Rng;
  /** Number of updates of the whole run; the cosine learning rate needs it. */
  readonly totalSteps: number;
  readonly promptGoal?: PromptGoal;
  /** Batches that may be alive at once: a batch is overwritten after that many further calls. */
  readonly buffers?: number;
}

/** Draws the batch of each update; what it draws depends on the seed and the update's number alone. */
export interface BatchSampler {
  /** The batch of update `step`, counted from 0. Its arrays are reused, see `buffers`. */
  readonly sample: (step: number) => LlmdpdBatch<HostArray>;
}

/**
 * Makes a sampler of grouped batches: M tasks, P transitions of each, one prompt per group. No task comes twice before
 * every task came once.
 *
 * @throws UserError if the data do not fit the configuration
 * @example createBatchSampler({ config, dims, store, rng: new Rng(0), totalSteps: 4000 }).sample(0)
 */
export function createBatchSampler(options: BatchSamplerOptions): BatchSampler {
  const { config, dims, store, rng, totalSteps, promptGoal = "other", buffers = 1 } = options;
  checkStore(store, { config, dims, promptGoal });
  const ring = Array.from({ length: buffers }, () => exampleBatch(config, { dims }));
  const order = Int32Array.from(store.tasks, (_, i) => i);
  const textScale = config.useText ? config.textNoise * rootMeanSquare(store) : 0;
  const normals = new NormalStream();
  return {
    sample: (step) => {
      const batch = ring[step % buffers] as LlmdpdBatch<HostArray>;
      const draw = rng.fork("step", step);
      order.forEach((_, i) => (order[i] = i));
      for (let m = 0; m < config.tasksPerBatch; m++) {
        const task = store.tasks[nextTask(order, { draw, group: m })] as TaskTransitions;
        fillGroup(batch, { task, group: m, config, dims, draw, promptGoal });
      }
      normals.seed(draw);
      if (batch.text !== undefined) disturbText(floats(batch.text), { config, dims, draw, normals, scale: textScale });
      if (batch.prompt !== undefined) dropRows(floats(batch.prompt), { rows: config.tasksPerBatch, probability: config.trajectoryDropout, draw });
      normals.write(floats(batch.noise));
      normals.write(floats(batch.targetNoise));
      if (batch.actorNoise !== undefined) normals.write(floats(batch.actorNoise));
      const timestep = batch.timestep.data;
      for (let i = 0; i < timestep.length; i++) timestep[i] = draw.int(config.denoisingSteps);
      batch.qSwap.data[0] = draw.int(2);
      batch.emaRate.data[0] = emaRateAt(step, config);
      batch.learningRateScale.data[0] = learningRateScaleAt(step, { config, totalSteps });
      return batch;
    },
  };
}

/** A step of Fisher and Yates' shuffle, begun anew when every task was drawn. */
function nextTask(order: Int32Array, { draw, group }: { draw: Rng; group: number }): number {
  const at = group % order.length;
  const pick = at + draw.int(order.length - at);
  const task = order[pick] as number;
  order[pick] = order[at] as number;
  order[at] = task;
  return task;
}

interface Group {
  readonly task: TaskTransitions;
  readonly group: number;
  readonly config: LlmdpdConfig;
  readonly dims: LlmdpdDims;
  readonly draw: Rng;
  readonly promptGoal: PromptGoal;
}

function fillGroup(batch: LlmdpdBatch<HostArray>, { task, group, config, dims, draw, promptGoal }: Group): void {
  const prompt = config.useTrajectory ? draw.choice(task.prompts) : undefined;
  if (batch.prompt !== undefined && prompt !== undefined) floats(batch.prompt).set(prompt.tokens, group * prompt.tokens.length);
  if (batch.text !== undefined) floats(batch.text).set(draw.choice(task.texts), group * dims.text);
  if (batch.actionMask !== undefined) {
    const [from, own] = [group * dims.action, task.actionWidth ?? dims.action];
    floats(batch.actionMask).fill(1, from, from + own).fill(0, from + own, from + dims.action);
  }

  const all = prompt === undefined || promptGoal === "any";
  const first = all ? 0 : (task.goalStarts[prompt.goal] as number);
  const owned = all ? 0 : (task.goalStarts[prompt.goal + 1] as number) - first;
  const same = !all && promptGoal === "same";
  const choices = same ? owned : task.count - owned;
  const { observation: s, action: a } = dims;
  const observation = floats(batch.observation);
  const nextObservation = floats(batch.nextObservation);
  const action = floats(batch.action);
  for (let p = 0; p < config.samplesPerTask; p++) {
    const drawn = draw.int(choices);
    const row = same ? first + drawn : drawn < first ? drawn : drawn + owned;
    const to = group * config.samplesPerTask + p;
    for (let i = 0; i < s; i++) {
      observation[to * s + i] = task.observations[row * s + i] as number;
      nextObservation[to * s + i] = task.nextObservations[row * s + i] as number;
    }
    for (let i = 0; i < a; i++) action[to * a + i] = task.actions[row * a + i] as number;
    batch.reward.data[to] = task.rewards[row] as number;
    batch.notDone.data[to] = task.notDone[row] as number;
  }
}

interface Disturbance {
  readonly config: LlmdpdConfig;
  readonly dims: LlmdpdDims;
  readonly draw: Rng;
  readonly normals: NormalStream;
  readonly scale: number;
}

function disturbText(text: Float32Array, { config, dims, draw, normals, scale }: Disturbance): void {
  if (scale > 0) normals.addTo(text, scale);
  dropRows(text, { rows: text.length / dims.text, probability: config.textDropout, draw });
}

function dropRows(array: Float32Array, { rows, probability, draw }: { rows: number; probability: number; draw: Rng }): void {
  const width = array.length / rows;
  for (let row = 0; row < rows; row++) {
    if (draw.uniform() < probability) array.fill(0, row * width, (row + 1) * width);
  }
}

/** Root mean square of all entries of all text vectors: their standard deviation, as they are centred. */
function rootMeanSquare({ tasks }: TransitionStore): number {
  let sum = 0;
  let count = 0;
  for (const { texts } of tasks) {
    for (const text of texts) {
      for (const value of text) sum += value * value;
      count += text.length;
    }
  }
  return Math.sqrt(sum / Math.max(1, count));
}

function floats(array: HostArray): Float32Array {
  return array.data as Float32Array;
}

function checkStore(store: TransitionStore, { config, dims, promptGoal }: { config: LlmdpdConfig; dims: LlmdpdDims; promptGoal: PromptGoal }): void {
  if (store.tasks.length === 0) throw new UserError("Cannot sample batches: required at least one task, got none");
  const { observation: s, action: a } = dims;
  for (const task of store.tasks) {
    const fail = (what: string, { required, actual }: { required: number | string; actual: number | string }): never => {
      throw new UserError(`Cannot sample task "${task.name}": ${what}: required ${required}, got ${actual}`);
    };
    const expect = (what: string, { length, required }: { length: number; required: number }): void => {
      if (length !== required) fail(what, { required: `${required} numbers`, actual: length });
    };
    if (task.count < 1) fail("transitions", { required: "at least 1", actual: task.count });
    expect("observations", { length: task.observations.length, required: task.count * s });
    expect("nextObservations", { length: task.nextObservations.length, required: task.count * s });
    expect("actions", { length: task.actions.length, required: task.count * a });
    const own = task.actionWidth ?? a;
    if (!Number.isInteger(own) || own < 1 || own > a || (own < a && dims.mixedActions !== true)) fail("numbers of an action that are its own", { required: dims.mixedActions === true ? `1 to ${a}` : a, actual: own });
    expect("rewards", { length: task.rewards.length, required: task.count });
    expect("notDone", { length: task.notDone.length, required: task.count });
    if (config.useText) {
      if (task.texts.length === 0) fail("text vectors", { required: "at least 1", actual: 0 });
      for (const text of task.texts) expect("text vector", { length: text.length, required: dims.text });
    }
    if (!config.useTrajectory) continue;
    if (task.prompts.length === 0) fail("trajectory prompts", { required: "at least 1", actual: 0 });
    for (const { goal, tokens } of task.prompts) {
      expect("trajectory prompt", { length: tokens.length, required: config.promptSteps * (s + a + 1) });
      if (promptGoal === "any") continue;
      const [start, end] = [task.goalStarts[goal], task.goalStarts[goal + 1]];
      if (start === undefined || end === undefined) return fail("a prompt's goal", { required: `0 to ${task.goalStarts.length - 2}`, actual: goal });
      const left = promptGoal === "same" ? end - start : task.count - (end - start);
      if (left < 1) fail(`transitions of ${promptGoal === "same" ? "the prompt's goal" : "another goal than the prompt's"}`, { required: "at least 1", actual: left });
    }
  }
}
