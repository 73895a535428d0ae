/** Functions that make or join tensors; what acts on one tensor is a method of it. */
import { UserError, type HostArray } from "../util/index.js";
import { arrayOf, jax } from "./jax-js.js";
import { tensorOf, valueOf, type Tensor } from "./tensor.js";

/** Joins tensors along an existing axis. */
export function concat(tensors: readonly Tensor[], axis = -1): Tensor {
  const [first] = tensors;
  if (first === undefined) throw new UserError("Cannot concatenate nothing: required at least one tensor, got 0.");
  const at = axis < 0 ? axis + first.rank : axis;
  const odd = tensors.find((t) => t.rank !== first.rank || t.shape.some((size, i) => i !== at && size !== first.shape[i]));
  if (odd !== undefined || at < 0 || at >= first.rank) {
    throw new UserError(`Cannot concatenate on axis ${axis}: required equal sizes on the other axes, got ${tensors.map((t) => `(${t.shape.join(", ")})`).join(", ")}.`);
  }
  return tensors.length === 1 ? first : tensorOf(jax().numpy.concatenate(tensors.map(valueOf), at));
}

/** Joins tensors of one shape along a new axis. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  return concat(tensors.map((t) => t.expandDims(axis)), axis);
}

/** Each element `count` times in a row along an axis: (m, …) → (m·count, …). Nothing is copied where it can be helped. */
export function repeat(tensor: Tensor, count: number, axis = 0): Tensor {
  return tensorOf(jax().numpy.repeat(valueOf(tensor), count, axis < 0 ? axis + tensor.rank : axis));
}

/** A tensor whose elements are fixed when the program is compiled. */
export function constant({ shape, data, dtype }: HostArray): Tensor {
  return tensorOf(arrayOf({ shape, data: data.slice(), dtype }));
}

/** 1 where an int32 index equals the position on a new last axis, else 0: (…) → (…, size), float32. */
export function oneHot(indices: Tensor, size: number): Tensor {
  const positions = constant({ shape: [size], data: Int32Array.from({ length: size }, (_, i) => i), dtype: "int32" });
  return indices.expandDims(-1).equal(positions).astype("float32");
}

/** Rows of a table picked by int32 indices: (n, …), (…i) → (…i, …). Indices beyond the table give its first or last row. */
export function take(table: Tensor, indices: Tensor, axis = 0): Tensor {
  return tensorOf(jax().numpy.take(valueOf(table), valueOf(indices), axis));
}
