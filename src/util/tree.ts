/**
 * Trees: nested records and arrays whose leaves are arrays (at run time) or tensors (while tracing). The order of
 * leaves is insertion order, everywhere: it is the order of a compiled program's arguments.
 */
import { UserError } from "./errors.js";
import { isHostArray } from "./host-array.js";

/** Nested objects and arrays with values of one type at their leaves: parameters, states, batches. */
export type Tree<T> = T | readonly Tree<T>[] | { readonly [key: string]: Tree<T> };

function isBranch(node: unknown): node is readonly unknown[] | Readonly<Record<string, unknown>> {
  if (Array.isArray(node)) return true;
  if (typeof node !== "object" || node === null || isHostArray(node)) return false;
  const prototype: unknown = Object.getPrototypeOf(node);
  return prototype === Object.prototype || prototype === null;
}

function entriesOf(node: unknown, path = ""): [string, unknown][] {
  if (!isBranch(node)) return [[path, node]];
  return Object.entries(node).flatMap(([key, child]) => (child === undefined ? [] : entriesOf(child, path === "" ? key : `${path}/${key}`)));
}

/** The leaves, in insertion order. Entries that are `undefined` are left out. */
export function treeLeaves<T>(tree: Tree<T>): T[] {
  return entriesOf(tree).map(([, leaf]) => leaf as T);
}

/**
 * The path of each leaf, in the order of `treeLeaves`; a tree that is one leaf has the path "".
 *
 * @example treePaths({ actor: { l1: { w, b } } }) // ["actor/l1/w", "actor/l1/b"]
 */
export function treePaths(tree: unknown): string[] {
  return entriesOf(tree).map(([path]) => path);
}

/** The same tree with other leaves, given in the order of `treeLeaves`. */
export function treeUnflatten<U>(like: unknown, leaves: readonly U[]): Tree<U> {
  let next = 0;
  const build = (node: unknown): Tree<U> => {
    if (!isBranch(node)) return leaves[next++] as U;
    if (Array.isArray(node)) return node.map(build);
    return Object.fromEntries(Object.entries(node).flatMap(([key, child]) => (child === undefined ? [] : [[key, build(child)]])));
  };
  return build(like);
}

/** How two trees differ, as one phrase, or undefined if they have the same paths in the same order. */
export function treeDifference(expected: unknown, actual: unknown): string | undefined {
  const want = treePaths(expected);
  const have = treePaths(actual);
  const missing = want.find((path) => !have.includes(path));
  if (missing !== undefined) return `"${missing}" is missing`;
  const extra = have.find((path) => !want.includes(path));
  if (extra !== undefined) return `"${extra}" is not expected`;
  const at = want.findIndex((path, i) => path !== have[i]);
  return at < 0 ? undefined : `entry ${at} is "${have[at]}" where "${want[at]}" is expected`;
}

/** A tree of the same structure in the leaf order of `like`, whatever the order of the keys of `tree`. */
export function treeAlign<T>(like: unknown, { tree, what }: { tree: Tree<T>; what: string }): T[] {
  const wanted = treePaths(like);
  const paths = treePaths(tree);
  if (paths.length === wanted.length && paths.every((path, i) => path === wanted[i])) return treeLeaves(tree);
  const byPath = new Map(treeEntries(tree));
  const missing = wanted.find((path) => !byPath.has(path));
  const extra = paths.find((path) => !wanted.includes(path));
  if (missing !== undefined || extra !== undefined) {
    throw new UserError(`Cannot use ${what}: ${missing === undefined ? `"${extra}" is not one of ${wanted.join(", ")}` : `"${missing}" is missing, got ${paths.join(", ") || "nothing"}`}.`);
  }
  return wanted.map((path) => byPath.get(path) as T);
}

/**
 * Applies a function to the leaves of one or more trees of the same structure. The result has the type that the
 * caller names: the structure of the first tree.
 *
 * @throws UserError if the structures differ
 * @example treeMap((w, g) => w.sub(g.mul(0.1)), weights, gradients)
 */
export function treeMap<T, U = T, R = Tree<U>>(fn: (...leaves: T[]) => U, first: Tree<T>, ...rest: readonly Tree<T>[]): R {
  for (const other of rest) {
    const difference = treeDifference(first, other);
    if (difference !== undefined) throw new UserError(`Cannot map over trees of different structure: ${difference}.`);
  }
  const columns = [first, ...rest].map((tree) => treeLeaves<T>(tree));
  const results = treeLeaves(first).map((_, i) => fn(...columns.map((leaves) => leaves[i] as T)));
  return treeUnflatten(first, results) as R;
}

/** The leaves with their paths: `[["actor/l1/w", leaf], …]`. */
export function treeEntries<T>(tree: Tree<T>): [string, T][] {
  return entriesOf(tree) as [string, T][];
}

/** The inverse of `treeEntries` for trees of records; digits as keys make records too. */
export function treeFromEntries<T>(entries: Iterable<readonly [string, T]>): Tree<T> {
  const root: Record<string, Tree<T>> = {};
  for (const [path, leaf] of entries) {
    const keys = path.split("/");
    let node = root;
    for (const key of keys.slice(0, -1)) node = (node[key] ??= {}) as Record<string, Tree<T>>;
    node[keys.at(-1) ?? ""] = leaf;
  }
  return root;
}
