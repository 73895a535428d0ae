import { plainWrapping, type TextEncoder } from "./encoder.js";

/**
 * No model at all: words and letter trigrams hashed into buckets, scaled to length 1. For tests, and as the control
 * that knows spelling and nothing else.
 *
 * @example (await hashEncoder().encode(["open the door"]))[0]?.length // 1024
 */
export function hashEncoder({ dim = 1024 }: { dim?: number } = {}): TextEncoder {
  return {
    id: "hash",
    revision: `words+trigrams-${dim}-1`,
    dim,
    wrapping: plainWrapping,
    pooling: "none",
    encode: (texts) => Promise.resolve(texts.map((text) => hashText(text, dim))),
    dispose: () => Promise.resolve(),
  };
}

function hashText(text: string, dim: number): Float32Array {
  const vector = new Float32Array(dim);
  const count = (feature: string): void => {
    const hash = fnv1a(feature);
    const bucket = hash % dim;
    // The sign comes from a bit that does not choose the bucket: collisions cancel on average.
    vector[bucket] = (vector[bucket] as number) + ((hash >>> 31) === 0 ? 1 : -1);
  };
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    count(`word:${word}`);
    const padded = `^${word}$`;
    for (let i = 0; i + 3 <= padded.length; i++) count(`part:${padded.slice(i, i + 3)}`);
  }
  const norm = Math.hypot(...vector) || 1;
  return vector.map((value) => value / norm);
}

/** FNV-1a, 32 bits (Fowler, Noll and Vo), over UTF-16 units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
