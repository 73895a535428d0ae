import { concat, split, treeLeaves, treeUnflatten, type Tensor, type Tree } from "../engine/index.js";

/** All entries of a tree in one vector (N), leaf after leaf: what acts on every entry alike is then one kernel and not one per leaf. */
export function flatten(tree: Tree<Tensor>): Tensor {
  return concat(treeLeaves<Tensor>(tree).map((leaf) => leaf.reshape([sizeOf(leaf)])), 0);
}

/** The inverse of `flatten` for a tree like `like`. */
export function unflatten<P extends Tree<Tensor>>(vector: Tensor, { like }: { like: P }): P {
  const leaves = treeLeaves<Tensor>(like);
  const parts = split(vector, leaves.map(sizeOf), 0);
  return treeUnflatten(like, leaves.map((leaf, i) => (parts[i] as Tensor).reshape(leaf.shape))) as P;
}

function sizeOf({ shape }: Tensor): number {
  return shape.reduce((product, size) => product * size, 1);
}
