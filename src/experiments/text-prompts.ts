import { openTextEncoder, meanOf, cosine, centred } from "../prompts/index.js";
import type { ProgressFn } from "../util/index.js";
import type { RunConfig } from "./config.js";
import { writeTable } from "./records.js";

/** Centre and scale of raw text vectors, from the training tasks alone. */
export interface TextScaling {
  readonly mean: readonly number[];
  readonly scale: number;
}

function textsOf(task: string, { paraphrases }: { paraphrases: boolean }): string[] {
  const text = `The robot must do: ${task.replaceAll("-", " ")}.`;
  return paraphrases ? [text, `Please ${task.replaceAll("-", " ")} now.`] : [text];
}

/** Raw vectors of the tasks' texts, description first. */
async function rawTexts(config: RunConfig, { tasks, onProgress }: { tasks: readonly string[]; onProgress?: ProgressFn }): Promise<Map<string, Float32Array[]>> {
  const encoder = await openTextEncoder(config.text.encoder, onProgress === undefined ? {} : { onProgress });
  const texts = tasks.map((task) => textsOf(task, config.text));
  const vectors = await encoder.encode(texts.flat());
  await encoder.dispose();
  let next = 0;
  return new Map(tasks.map((task, i) => [task, (texts[i] as string[]).map(() => vectors[next++] as Float32Array)]));
}

/** Encodes what the configurations need and the cache does not hold yet. */
export async function prepareTexts(configs: readonly RunConfig[], { onProgress }: { onProgress?: ProgressFn } = {}): Promise<void> {
  for (const config of configs.filter(({ algorithm }) => algorithm.useText)) {
    await rawTexts(config, { tasks: [...config.data.trainTasks, ...config.data.testTasks], ...(onProgress === undefined ? {} : { onProgress }) });
  }
}

export async function fitTexts(config: RunConfig): Promise<{ dim: number; scaling: TextScaling }> {
  const raw = await rawTexts(config, { tasks: config.data.trainTasks });
  const vectors = [...raw.values()].flat();
  const mean = meanOf(vectors);
  let squares = 0;
  for (const v of centred(vectors, { mean })) for (const x of v) squares += x * x;
  const rms = Math.sqrt(squares / (vectors.length * mean.length)) || 1;
  return { dim: mean.length, scaling: { mean: [...mean], scale: 0.25 / rms } };
}

export async function taskTexts(config: RunConfig, { scaling }: { scaling: TextScaling }): Promise<Map<string, Float32Array[]>> {
  const raw = await rawTexts(config, { tasks: [...config.data.trainTasks, ...config.data.testTasks] });
  return new Map([...raw].map(([task, vs]) => [task, vs.map((v) => v.map((x, i) => (x - (scaling.mean[i] as number)) * scaling.scale))]));
}

export async function writeSimilarity(path: string, { config }: { config: RunConfig }): Promise<void> {
  const raw = await rawTexts(config, { tasks: [...config.data.trainTasks, ...config.data.testTasks] });
  const names = [...raw.keys()];
  const vs = centred(names.map((name) => (raw.get(name) as Float32Array[])[0] as Float32Array));
  await writeTable(path, names.flatMap((task, i) => names.map((other, j) => ({ task, other, cosine: cosine(vs[i] as Float32Array, vs[j] as Float32Array) }))));
}
