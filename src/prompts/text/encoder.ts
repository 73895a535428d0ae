/** How the hidden states of a text's tokens become one vector. */
export type Pooling = "mean" | "last" | "none";

/** A frozen model that turns texts into vectors. */
export interface TextEncoder {
  readonly id: string;
  /** Names the exact weights and their conversion: part of the key under which vectors are cached. */
  readonly revision: string;
  /** Length of a vector. */
  readonly dim: number;
  /** What is put around a text, `{text}` standing for it. */
  readonly wrapping: string;
  readonly pooling: Pooling;
  /** Raw vectors (no centring, no scaling), one for each text, each of `dim` numbers. The same text always gives the same numbers. */
  encode(texts: readonly string[]): Promise<Float32Array[]>;
  /** Frees the model's memory. */
  dispose(): Promise<void>;
}

/**
 * Asks a decoder to sum a text up in one word, so that its last token has to hold the meaning.
 * Idea: Jiang et al. 2023, "Scaling Sentence Embeddings with Large Language Models" (PromptEOL).
 */
export const oneWordWrapping = 'This robot task: "{text}" means in one word: "';

/** No wrapping: the text alone. */
export const plainWrapping = "{text}";

/** Puts a text into a wrapping. */
export function wrapText(text: string, wrapping: string): string {
  return wrapping.replace("{text}", () => text);
}

/**
 * One vector from the hidden states of one text, (length, dim) flat.
 * "last" takes the last token; "mean" averages all tokens and scales to length 1, as sentence encoders do.
 */
export function poolHidden(hidden: Float32Array, { dim, pooling }: { dim: number; pooling: Pooling }): Float32Array {
  const length = hidden.length / dim;
  if (length < 1 || !Number.isInteger(length)) throw new Error(`Cannot pool ${hidden.length} numbers: whole rows of ${dim} are required`);
  if (pooling !== "mean") return hidden.slice(-dim);
  const sums = new Float64Array(dim);
  for (let i = 0; i < hidden.length; i++) sums[i % dim] = (sums[i % dim] as number) + (hidden[i] as number);
  const norm = Math.hypot(...sums) || 1;
  return Float32Array.from(sums, (sum) => sum / norm);
}
