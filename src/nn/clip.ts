import { treeLeaves, treeMap, type Tensor, type Tree } from "../engine/index.js";

/** The Euclidean norm of all entries of a tree together, a scalar. */
export function globalNorm(tree: Tree<Tensor>): Tensor {
  return treeLeaves(tree)
    .map((leaf) => leaf.square().sum())
    .reduce((total, square) => total.add(square))
    .sqrt();
}

/** Scales a tree so that its global norm is at most `limit`; returns the norm before. `limit` ≤ 0 clips nothing. */
export function clipByGlobalNorm<P extends Tree<Tensor>>(tree: P, { limit }: { limit: number }): { clipped: P; norm: Tensor } {
  const norm = globalNorm(tree);
  if (limit <= 0) return { clipped: tree, norm };
  const scale = norm.add(1e-6).reciprocal().mul(limit).minimum(1);
  return { clipped: treeMap((leaf: Tensor) => leaf.mul(scale), tree) as P, norm };
}
