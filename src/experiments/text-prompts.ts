import {
  applyTextScaling, cosine, emptyTexts, fitTextScaling, loadTaskPrompts, openTextEncoder, shuffledTexts, taskTexts, type TaskTexts, type TextScaling,
} from "../prompts/index.js";
import { Rng, type ProgressFn } from "../util/index.js";
import type { RunConfig } from "./config.js";
import { writeTable } from "./records.js";

/** Text vectors by task, the description's first. */
export type TextVectors = ReadonlyMap<string, readonly Float32Array[]>;

/** What a trained policy keeps of its texts: width of a vector, and centre and scale from the training tasks alone. */
export interface FittedTexts {
  readonly dim: number;
  readonly scaling: TextScaling;
}

type TextConfig = Pick<RunConfig, "data" | "text">;

/** The sentences of training and test tasks; of a test task the description alone. */
function sentencesOf({ data, text }: TextConfig): TaskTexts {
  const prompts = loadTaskPrompts("metaworld");
  const arranged = (tasks: readonly string[], paraphrases: boolean): TaskTexts => {
    const texts = taskTexts(prompts, { tasks, paraphrases });
    if (text.content === "empty") return emptyTexts(texts);
    return text.content === "shuffled" && tasks.length > 1 ? shuffledTexts(texts, { rng: new Rng(0).fork("shuffled-text") }) : texts;
  };
  return new Map([...arranged(data.trainTasks, text.paraphrases), ...arranged(data.testTasks, false)]);
}

async function rawVectors(config: TextConfig, { onProgress }: { onProgress?: ProgressFn } = {}): Promise<TextVectors> {
  const { data, text } = config;
  if (text.content === "one-hot") return oneHotVectors(data);
  const texts = sentencesOf(config);
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
function oneHotVectors({ trainTasks, testTasks }: RunConfig["data"]): TextVectors {
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
export async function prepareTexts(configs: readonly RunConfig[], { onProgress }: { onProgress?: ProgressFn } = {}): Promise<void> {
  for (const config of configs.filter(({ algorithm }) => algorithm.useText)) await rawVectors(config, onProgress === undefined ? {} : { onProgress });
}

/** Fits centre and scale to the training tasks' texts. */
export async function fitTexts(config: TextConfig): Promise<FittedTexts> {
  const raw = await rawVectors({ ...config, data: { ...config.data, testTasks: [] } });
  const vectors = [...raw.values()].flat();
  return { dim: vectors[0]?.length ?? 0, scaling: fitTextScaling(vectors) };
}

/** Centred and scaled text vectors of training and test tasks. */
export async function textVectors(config: TextConfig, { scaling }: Pick<FittedTexts, "scaling">): Promise<TextVectors> {
  const raw = await rawVectors(config);
  return new Map([...raw].map(([task, vectors]) => [task, vectors.map((vector) => applyTextScaling(vector, scaling))]));
}

/** Writes the cosines between the descriptions of all tasks, centred on the training tasks: task, other, cosine. */
export async function writeSimilarity(path: string, { config }: { config: RunConfig }): Promise<void> {
  const vectors = await textVectors(config, await fitTexts(config));
  const first = (task: string): Float32Array => vectors.get(task)?.[0] as Float32Array;
  const tasks = [...vectors.keys()];
  await writeTable(
    path,
    tasks.flatMap((task) => tasks.map((other) => ({ task, other, cosine: cosine(first(task), first(other)) }))),
  );
}
