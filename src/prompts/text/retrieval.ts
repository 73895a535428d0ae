import type { TextEncoder } from "./encoder.js";
import { centred, meanOf, nearestByCosine } from "./similarity.js";
import type { TaskPrompt } from "./task-prompts.js";

/** How well an encoder finds the description that a paraphrase belongs to. */
export interface RetrievalRow {
  readonly encoder: string;
  readonly revision: string;
  readonly dim: number;
  readonly pooling: string;
  readonly tasks: number;
  readonly queries: number;
  /** Share of paraphrases whose nearest description by cosine is their own task's. */
  readonly rawTop1: number;
  /** The same after the descriptions' mean was taken off all vectors. */
  readonly centredTop1: number;
  /** Standard error of a share of one half, (½·½ / queries)^½: differences below twice this mean nothing. */
  readonly standardError: number;
}

/**
 * For each paraphrase the nearest description by cosine, over all tasks: a test of what a text vector can tell a
 * policy that needs no training. Chance is 1 / tasks.
 */
export async function retrievalRow(encoder: TextEncoder, { prompts }: { prompts: ReadonlyMap<string, TaskPrompt> }): Promise<RetrievalRow> {
  const all = [...prompts.values()];
  const vectors = await encoder.encode([...all.map(({ description }) => description), ...all.flatMap(({ paraphrases }) => paraphrases)]);
  const descriptions = vectors.slice(0, all.length);
  const queries = vectors.slice(all.length);
  const owners = all.flatMap(({ paraphrases }, task) => paraphrases.map(() => task));
  const share = (found: readonly number[]): number => found.filter((task, i) => task === owners[i]).length / owners.length;
  const mean = meanOf(descriptions);
  return {
    encoder: encoder.id,
    revision: encoder.revision,
    dim: encoder.dim,
    pooling: encoder.pooling,
    tasks: all.length,
    queries: queries.length,
    rawTop1: share(nearestByCosine(queries, descriptions)),
    centredTop1: share(nearestByCosine(centred(queries, { mean }), centred(descriptions, { mean }))),
    standardError: Math.sqrt(0.25 / queries.length),
  };
}
