import { split, type HostArray, type Tensor } from "../engine/index.js";
import type { Rng } from "../util/index.js";
import { dense, initDense, type Dense } from "./dense.js";

/** Multi-head self-attention; queries, keys and values come from one product: `qkv.w` (width, 3·width). */
export type Attention<T = Tensor> = { readonly qkv: Dense<T>; readonly out: Dense<T> };

/** Initial parameters of self-attention over tokens of `width`. */
export function initAttention(width: number, { rng }: { rng: Rng }): Attention<HostArray> {
  return { qkv: initDense(width, 3 * width, { rng }), out: initDense(width, width, { rng }) };
}

/**
 * Self-attention in both directions within each sequence: x (sequences·tokens, width) → the same shape.
 * softmax(Q Kᵀ/√d) V per head, d = width/heads. Source: arXiv 1706.03762, §3.2.
 */
export function attention(parameters: Attention, x: Tensor, { heads, tokens }: { heads: number; tokens: number }): Tensor {
  const [rows, width] = x.shape as [number, number];
  const headWidth = width / heads;
  const parts = split(dense(parameters.qkv, x), [width, width, width], -1);
  const [query, key, value] = parts.map((part) =>
    part.reshape([rows / tokens, tokens, heads, headWidth]).transpose([0, 2, 1, 3]),
  ) as [Tensor, Tensor, Tensor];
  const weights = query
    .mul(1 / Math.sqrt(headWidth))
    .matmul(key.transpose([0, 1, 3, 2]))
    .softmax(-1);
  const mixed = weights.matmul(value).transpose([0, 2, 1, 3]).reshape([rows, width]);
  return dense(parameters.out, mixed);
}
