import type { Tensor } from "../engine/index.js";

/** Scales a gradient (N) so that its Euclidean norm is at most `limit`; returns the norm before. `limit` ≤ 0 clips nothing. */
export function clipByNorm(gradient: Tensor, { limit }: { limit: number }): { clipped: Tensor; norm: Tensor } {
  const norm = gradient.square().sum().sqrt();
  if (limit <= 0) return { clipped: gradient, norm };
  return { clipped: gradient.mul(norm.add(1e-6).reciprocal().mul(limit).minimum(1)), norm };
}
