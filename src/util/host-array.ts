import { UserError } from "./errors.js";

/** Element types of arrays outside the engine; `bool` is stored as one byte per element. */
export type DType = "float32" | "int32" | "bool";

/**
 * An array in the host's memory: plain data, row-major, safe to post to a worker.
 *
 * @example hostArray([2, 3], new Float32Array(6))
 */
export interface HostArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
  readonly dtype: DType;
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** "float32 (256, 4)": how shapes are written in messages. */
export function describeArray({ shape, dtype }: { shape: readonly number[]; dtype: string }): string {
  return `${dtype} (${shape.join(", ")})`;
}

/**
 * Makes a host array without copying. Plain numbers become `float32`; a `Uint8Array` is `bool`.
 *
 * @throws UserError if the data do not fill the shape
 * @example hostArray([2], [1, 2]); hostArray([], 0.5)
 */
export function hostArray(shape: readonly number[], values: Float32Array | Int32Array | Uint8Array | readonly number[] | number): HostArray {
  const data = ArrayBuffer.isView(values) ? values : Float32Array.from(typeof values === "number" ? [values] : values);
  const dtype: DType = data instanceof Int32Array ? "int32" : data instanceof Uint8Array ? "bool" : "float32";
  if (shape.some((size) => !Number.isInteger(size) || size < 0)) {
    throw new UserError(`Cannot make an array of shape (${shape.join(", ")}): sizes must be whole numbers, 0 or more.`);
  }
  if (sizeOf(shape) !== data.length) {
    throw new UserError(`Cannot make an array of shape (${shape.join(", ")}): required ${sizeOf(shape)} elements, got ${data.length}.`);
  }
  return { shape: [...shape], data, dtype };
}

/** Whether a value is a host array rather than a branch of a tree. */
export function isHostArray(value: unknown): value is HostArray {
  return typeof value === "object" && value !== null && "data" in value && ArrayBuffer.isView(value.data) && "shape" in value && "dtype" in value;
}

const classes = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** A new zero-filled typed array for a dtype. */
export function emptyData(dtype: DType, length: number): Float32Array | Int32Array | Uint8Array {
  return new classes[dtype](length);
}

/** Throws a UserError unless `actual` is a host array of the expected shape, dtype and storage. */
export function checkArray(actual: unknown, { expected, what }: { expected: { shape: readonly number[]; dtype: DType }; what: string }): asserts actual is HostArray {
  if (!isHostArray(actual)) throw new UserError(`Cannot use "${what}": required an array ${describeArray(expected)}, got ${actual === null ? "null" : typeof actual}.`);
  const fits = actual.dtype === expected.dtype && actual.shape.length === expected.shape.length && actual.shape.every((size, i) => size === expected.shape[i]);
  if (!fits) throw new UserError(`Cannot use "${what}": required ${describeArray(expected)}, got ${describeArray(actual)}.`);
  if (!(actual.data instanceof classes[expected.dtype]) || actual.data.length !== sizeOf(expected.shape)) {
    throw new UserError(`Cannot use "${what}": required ${sizeOf(expected.shape)} elements in a ${classes[expected.dtype].name}, got ${actual.data.length} in a ${actual.data.constructor.name}.`);
  }
}
