/** A function over trees, turned into a function over flat lists whose arguments and results are known by shape. */
import { describeArray, treeEntries, treeLeaves, treePaths, treeUnflatten, UserError, type DType, type HostArray, type Tree } from "../util/index.js";
import { Tensor } from "./tensor.js";

/** Shape and dtype of one argument or result, with its path for messages. */
export interface Spec {
  readonly path: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A traced function's tree with host arrays in place of tensors, and the other way round. */
export type Traced<T> = T extends HostArray ? Tensor : { [K in keyof T]: Traced<T[K]> };
export type Hosted<T> = T extends Tensor ? HostArray : { [K in keyof T]: Hosted<T[K]> };

/** What backends compile. `apply` may be called again: each call traces the function afresh. */
export interface Program {
  readonly inputs: readonly Spec[];
  readonly apply: (inputs: readonly Tensor[]) => Tensor[];
}

/** The arguments of a program, from example arrays. */
export function specsOf(examples: unknown): Spec[] {
  return treeEntries(examples as Tree<HostArray>).map(([path, { shape, dtype }]) => ({ path, shape, dtype }));
}

/** Builds a program; `onOutput` sees the tree that the function returned, each time that it is traced. */
export function makeProgram(fn: (...args: never[]) => Tree<Tensor>, { examples, onOutput }: { examples: readonly unknown[]; onOutput?: (tree: Tree<Tensor>) => void }): Program {
  const inputs = specsOf(examples);
  return {
    inputs,
    apply: (leaves) => {
      const out = fn(...(treeUnflatten(examples, leaves) as unknown as never[]));
      onOutput?.(out);
      const flat = treeLeaves<Tensor>(out);
      const odd = flat.findIndex((leaf) => !(leaf instanceof Tensor));
      if (odd >= 0) throw new UserError(`Cannot return "${treePaths(out)[odd]}" from a traced function: required a tensor, got ${typeof flat[odd]}.`);
      return flat;
    },
  };
}

/** Checks that an updated state of the same structure has the shapes and dtypes of the state before it. */
export function checkSameState(before: readonly Spec[], after: readonly Spec[]): void {
  before.forEach((spec, i) => {
    const [required, got] = [spec, after[i] as Spec].map(describeArray);
    if (got !== required) throw new UserError(`Cannot update state "${spec.path}": required ${required}, got ${got}.`);
  });
}
