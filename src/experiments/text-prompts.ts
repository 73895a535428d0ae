import {
  applyTextScaling, cosine, emptyTexts, fitTextScaling, loadTaskPrompts, openTextEncoder, shuffledTexts, taskTexts, type TaskTexts, type TextScaling,
} from "../prompts/index.js";
import { Rng, type ProgressFn } from "../util/index.js";
import type { RunConfig } from "./config.js";
import type { LocomotionConfig } from "./locomotion/config.js";
import { writeTable } from "./records.js";

/** Text vectors by task, the description's first. */
export type TextVectors = ReadonlyMap<string, readonly Float32Array[]>;

/** What a trained policy keeps of its texts: width of a vector, and centre and scale from the training tasks alone. */
export interface FittedTexts {
  readonly dim: number;
  readonly scaling: TextScaling;
}

type TextConfig = Pick<RunConfig, "data" | "text"> | Pick<LocomotionConfig, "suite" | "data" | "text">;

/** Where the texts of a configuration's tasks are read. */
interface TextTasks {
  readonly suite: Parameters<typeof loadTaskPrompts>[0];
  readonly trainTasks: readonly string[];
  readonly testTasks: readonly string[];
}

function tasksOf(config: TextConfig): TextTasks {
  if ("suite" in config) return { suite: config.suite, trainTasks: config.data.datasets, testTasks: [] };
  return { suite: "metaworld", trainTasks: config.data.trainTasks, testTasks: config.data.testTasks };
}

type Texts = { readonly tasks: TextTasks; readonly text: TextConfig["text"] };

/** The sentences of training and test tasks; of a test task the description alone. */
function sentencesOf({ tasks: { suite, trainTasks, testTasks }, text }: Texts): TaskTexts {
  const prompts = loadTaskPrompts(suite);
  const arranged = (tasks: readonly string[], paraphrases: boolean): TaskTexts => {
    const texts = taskTexts(prompts, { tasks, paraphrases });
    if (text.content === "empty") return emptyTexts(texts);
    return text.content === "shuffled" && tasks.length > 0 ? shuffledTexts(texts, { rng: new Rng(0).fork("shuffled-text") }) : texts;
  };
  return new Map([...arranged(trainTasks, text.paraphrases), ...arranged(testTasks, false)]);
}

async function rawVectors({ tasks, text }: Texts, { onProgress }: { onProgress?: ProgressFn } = {}): Promise<TextVectors> {
  if (text.content === "one-hot") return oneHotVectors(tasks);
  const texts = sentencesOf({ tasks, text });
  const encoder = await openTextEncoder(text.encoder, onProgress === undefined ? {} : { onProgress });
  try {
    const vectors = await encoder.encode([...texts.values()].flat());
    let next = 0;
    return new Map([...texts].map(([task, sentences]) => [task, sentences.map(() => vectors[next++] as Float32Array)]));
  } finally {
    await encoder.dispose();
  }
}

/** One number per training task; a test task has none and is all zeros. */
function oneHotVectors({ trainTasks, testTasks }: TextTasks): TextVectors {
  const vector = (position: number): Float32Array => Float32Array.from(trainTasks, (_, i) => (i === position ? 1 : 0));
  return new Map([...trainTasks.map((task, i) => [task, [vector(i)]] as const), ...testTasks.map((task) => [task, [vector(-1)]] as const)]);
}

/**
 * Opens the text encoder of a configuration and closes it again, without loading its weights: a name is wrong before a
 * run's folder is made.
 *
 * @throws UserError for an unknown encoder, or one that is not installed
 */
export async function checkEncoder({ text, algorithm }: Pick<RunConfig, "text" | "algorithm">): Promise<void> {
  if (algorithm.useText && text.content !== "one-hot") await (await openTextEncoder(text.encoder)).dispose();
}

/** Encodes the texts that the configurations need and the cache does not hold yet. */
export async function prepareTexts(configs: readonly (TextConfig & Pick<RunConfig, "algorithm">)[], { onProgress }: { onProgress?: ProgressFn } = {}): Promise<void> {
  for (const config of configs.filter(({ algorithm }) => algorithm.useText)) await rawVectors({ tasks: tasksOf(config), text: config.text }, onProgress === undefined ? {} : { onProgress });
}

/** Fits centre and scale to the training tasks' texts. */
export async function fitTexts(config: TextConfig): Promise<FittedTexts> {
  const raw = await rawVectors({ tasks: { ...tasksOf(config), testTasks: [] }, text: config.text });
  const vectors = [...raw.values()].flat();
  return { dim: vectors[0]?.length ?? 0, scaling: fitTextScaling(vectors) };
}

/** Centred and scaled text vectors of training and test tasks. */
export async function textVectors(config: TextConfig, { scaling }: Pick<FittedTexts, "scaling">): Promise<TextVectors> {
  const raw = await rawVectors({ tasks: tasksOf(config), text: config.text });
  return new Map([...raw].map(([task, vectors]) => [task, vectors.map((vector) => applyTextScaling(vector, scaling))]));
}

/** Writes the cosines between the descriptions of all tasks, centred on the training tasks: task, other, cosine. */
export async function writeSimilarity(path: string, { config }: { config: TextConfig }): Promise<void> {
  const vectors = await textVectors(config, await fitTexts(config));
  const first = (task: string): Float32Array => vectors.get(task)?.[0] as Float32Array;
  const tasks = [...vectors.keys()];
  await writeTable(
    path,
    tasks.flatMap((task) => tasks.map((other) => ({ task, other, cosine: cosine(first(task), first(other)) }))),
  );
}
