/** What tfjs does for each operation of a graph: one exhaustive table. */
import { sizeOf, tableOf, UserError } from "../../util/index.js";
import { inFront, lookUp, neutral, type BinaryName, type CompareName, type ElementType, type Node, type NodeTable, type ReduceName, type Shape, type UnaryName } from "../graph.js";
import type { Tf, TfTensor } from "./package.js";

interface Call {
  readonly tf: Tf;
  readonly inputs: readonly TfTensor[];
}
/** Computes one node. Tensors made on the way are freed by the caller. */
type Operation = (node: Node, call: Call) => TfTensor;
type Operations = NodeTable<Call, TfTensor>;

/** The type that tfjs gives our elements. */
export function tfType(dtype: ElementType): "float32" | "int32" | "bool" {
  if (dtype === "uint32") throw new UserError("Cannot compute with uint32 on the device tfjs: it has no such type. Use int32, or another device.");
  return dtype;
}

/** int32 arithmetic as processors do it. tfjs computes in floating point, or not at all: these go through the host. */
const integers: Partial<Record<BinaryName, (x: number, y: number) => number>> = {
  mul: Math.imul,
  divide: (x, y) => (y === 0 ? -1 : x / y),
  remainder: (x, y) => (y === 0 ? x : x % y),
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
  shl: (x, y) => x << y,
  shr: (x, y) => x >>> y,
};

const onHost =
  (fn: (x: number, y: number) => number): Operation =>
  ({ shape }, { tf, inputs: [x, y] }) => {
    const right = y?.dataSync();
    return tf.tensor(Int32Array.from((x as TfTensor).dataSync(), (value, i) => fn(value, right?.[i] ?? 0)), [...shape], "int32");
  };

/** Functions that tfjs has under the same name. */
const sameName = ["neg", "exp", "log", "sqrt", "sin", "cos", "asin", "atan", "erf", "floor", "ceil"] as const satisfies readonly UnaryName[];

type BinaryFn = "add" | "sub" | "mul" | "div" | "minimum" | "maximum" | "logicalAnd" | "logicalOr" | "logicalXor";
/** By the type of the elements: what does not exist for a type is not listed, and never asked for. */
const onNumbers: Partial<Record<BinaryName, BinaryFn>> = { add: "add", subtract: "sub", mul: "mul", divide: "div", min: "minimum", max: "maximum" };
const onBools: Partial<Record<BinaryName, BinaryFn>> = { min: "logicalAnd", max: "logicalOr", and: "logicalAnd", or: "logicalOr", xor: "logicalXor" };
const comparisons = { less: "less", less_equal: "lessEqual", equal: "equal", not_equal: "notEqual" } as const satisfies Record<CompareName, keyof Tf>;
const reducers = { add: "sum", mul: "prod", min: "min", max: "max", and: "all", or: "any" } as const satisfies Record<ReduceName, keyof Tf>;

const binary =
  (name: BinaryName): Operation =>
  (node, call) => {
    const { dtype } = node;
    const onIntegers = dtype === "int32" ? integers[name] : undefined;
    if (onIntegers !== undefined) return onHost(onIntegers)(node, call);
    const fn = (dtype === "bool" ? onBools : onNumbers)[name];
    if (fn === undefined) throw new UserError(`Cannot compute ${name} of ${dtype} on the device tfjs: it has no such operation. Use another device.`);
    const [x, y] = call.inputs as [TfTensor, TfTensor];
    return call.tf[fn](x, y);
  };

/** tfjs rounds the quotient down; here, as in C, the remainder has the sign of x. */
const remainder: Operation = (node, call) => {
  if (node.dtype !== "float32") return binary("remainder")(node, call);
  const { tf } = call;
  const [x, y] = call.inputs as [TfTensor, TfTensor];
  const rest = tf.mod(tf.abs(x), tf.abs(y));
  return tf.where(tf.less(x, 0), tf.neg(rest), rest);
};

/** float32 → int32: cut off towards zero, NaN to 0, what does not fit to the nearest number that does. */
function truncated(tf: Tf, x: TfTensor): TfTensor {
  const most = 2147483520;
  const inside = tf.cast(tf.clipByValue(tf.where(tf.isNaN(x), tf.zerosLike(x), x), -2147483648, most), "int32");
  return tf.where(tf.greater(x, most), tf.scalar(2147483647, "int32"), inside);
}

/** Batch axes, free axes and contracted axes as three, for tfjs's product of matrices. */
function asMatrices(tf: Tf, x: TfTensor, { batch, contract, last }: { batch: readonly number[]; contract: readonly number[]; last: "free" | "contract" }): TfTensor {
  const free = x.shape.map((_, axis) => axis).filter((axis) => !batch.includes(axis) && !contract.includes(axis));
  const groups = last === "free" ? [batch, contract, free] : [batch, free, contract];
  const size = (axes: readonly number[]): number => sizeOf(axes.map((axis) => x.shape[axis] as number));
  return tf.reshape(tf.transpose(x, groups.flat()), groups.map(size));
}

/** Indices as gather takes them: those beyond an axis mean its first or last element. */
function clamped(tf: Tf, index: TfTensor, { shape, axes }: { shape: Shape; axes: readonly number[] }): TfTensor {
  return tf.maximum(tf.minimum(index, tf.tensor(axes.map((axis) => (shape[axis] as number) - 1), [axes.length], "int32")), tf.scalar(0, "int32"));
}

/** Index vectors as rows of a matrix, the only arrangement in which tfjs takes all ranks. */
function asRows(tf: Tf, index: TfTensor): TfTensor {
  const width = index.shape.at(-1) as number;
  return tf.reshape(index, [index.size / width, width]);
}

const operations: Operations = {
  ...tableOf(sameName, (name): Operation => (_, { tf, inputs: [x] }) => tf[name](x as TfTensor)),
  ...tableOf(["add", "subtract", "mul", "divide", "min", "max", "and", "or", "xor", "shl", "shr"], binary),
  remainder,
  erfc: (_, { tf, inputs: [x] }) => tf.sub(1, tf.erf(x as TfTensor)),
  not: (_, { tf, inputs: [x] }) => tf.logicalNot(x as TfTensor),
  popcount: onHost((x) => (x >>> 0).toString(2).replaceAll("0", "").length),
  constant: (node, { tf }) => tf.scalar(node.dtype === "bool" ? node.attributes.value !== 0 : node.attributes.value, tfType(node.dtype)),
  array: (node, { tf }) => tf.tensor(node.attributes.data, [...node.shape], tfType(node.dtype)),
  compare: (node, { tf, inputs: [x, y] }) => tf[comparisons[node.attributes.direction]](x as TfTensor, y as TfTensor),
  select: (_, { tf, inputs: [condition, x, y] }) => tf.where(condition as TfTensor, x as TfTensor, y as TfTensor),
  convert: (node, { tf, inputs: [x] }) => {
    if (node.dtype === "bool") return tf.notEqual(x as TfTensor, tf.zerosLike(x as TfTensor));
    return node.dtype === "int32" && x?.dtype === "float32" ? truncated(tf, x) : tf.cast(x as TfTensor, tfType(node.dtype));
  },
  bitcast: (node, { tf, inputs: [x] }) => {
    // What tfjs converted may still be stored as what it was.
    const data = x?.dataSync() as Float32Array;
    const bytes = (node.dtype === "float32" ? Int32Array.from(data) : Float32Array.from(data)).buffer;
    return tf.tensor(node.dtype === "float32" ? new Float32Array(bytes) : new Int32Array(bytes), [...node.shape], tfType(node.dtype));
  },
  broadcast: (node, { tf, inputs: [x] }) => {
    const { dims } = node.attributes;
    const aligned = tf.reshape(x as TfTensor, node.shape.map((_, axis) => (dims.includes(axis) ? (x?.shape[dims.indexOf(axis)] as number) : 1)));
    return tf.broadcastTo(aligned, [...node.shape]);
  },
  reshape: (node, { tf, inputs: [x] }) => tf.reshape(x as TfTensor, [...node.shape]),
  transpose: (node, { tf, inputs: [x] }) => tf.transpose(x as TfTensor, [...node.attributes.perm]),
  slice: (node, { tf, inputs: [x] }) => tf.slice(x as TfTensor, [...node.attributes.start], [...node.shape]),
  pad: (node, { tf, inputs: [x] }) => tf.pad(x as TfTensor, node.attributes.low.map((low, axis): [number, number] => [low, (node.shape[axis] as number) - low - (x?.shape[axis] as number)])),
  reverse: (node, { tf, inputs: [x] }) => tf.reverse(x as TfTensor, [...node.attributes.axes]),
  concatenate: (node, { tf, inputs }) => tf.concat([...inputs], node.attributes.axis),
  reduce: (node, { tf, inputs: [x] }) => {
    const { fn, axes } = node.attributes;
    if (x?.size === 0) return tf.broadcastTo(tf.scalar(neutral(fn, node.dtype), tfType(node.dtype)), [...node.shape]);
    return tf.cast(tf[reducers[fn]](x as TfTensor, [...axes]), tfType(node.dtype));
  },
  dot: (node, { tf, inputs: [x, y] }) => {
    const { batch, contract } = node.attributes;
    const left = asMatrices(tf, x as TfTensor, { batch: batch[0], contract: contract[0], last: "contract" });
    const right = asMatrices(tf, y as TfTensor, { batch: batch[1], contract: contract[1], last: "free" });
    return tf.reshape(tf.matMul(left, right), [...node.shape]);
  },
  gather: (node, { tf, inputs: [x, index] }) => {
    const { axes } = node.attributes;
    const operand = x as TfTensor;
    const rows = tf.gatherND(tf.transpose(operand, inFront(axes, operand.rank)), clamped(tf, asRows(tf, index as TfTensor), { shape: operand.shape, axes }));
    return tf.reshape(rows, [...node.shape]);
  },
  scatter: (node, { tf, inputs: [updates, index] }) => {
    const { axes, fn } = node.attributes;
    const perm = inFront(axes, node.shape.length);
    const shape = perm.map((axis) => node.shape[axis] as number);
    const at = asRows(tf, index as TfTensor);
    const added = tf.reshape(updates as TfTensor, [at.shape[0] ?? 0, ...shape.slice(axes.length)]);
    const rows = fn === "add" ? tf.scatterND(at, added, shape) : tf.tensorScatterUpdate(tf.zeros(shape, tfType(node.dtype)), at, added);
    return tf.transpose(rows, perm.map((_, axis) => perm.indexOf(axis)));
  },
};

/** Computes one node of a graph. */
export function compute(node: Node, call: Call): TfTensor {
  const dtype = tfType(node.dtype);
  return sizeOf(node.shape) === 0 ? call.tf.zeros([...node.shape], dtype) : lookUp(operations, node)(node, call);
}
