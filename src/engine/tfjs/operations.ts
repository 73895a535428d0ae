/** What tfjs does for each operation of a graph: one exhaustive table. */
import { UserError } from "../../util/index.js";
import type { Attributes, BinaryName, CompareName, ElementType, Node, OpName, ReduceName, Shape, UnaryName } from "../graph.js";
import { sizeOf } from "../host-array.js";
import type { Tf, TfTensor } from "./package.js";

interface Call<A> {
  readonly inputs: readonly TfTensor[];
  readonly node: Node & { readonly attributes: A };
}
/** Computes one node. Tensors made on the way are freed by the caller. */
type Operation<A> = (tf: Tf, call: Call<A>) => TfTensor;
type Operations<K extends OpName> = { readonly [Op in K]: Operation<Attributes[Op]> };

/** The type that tfjs gives our elements. */
export function tfType(dtype: ElementType): "float32" | "int32" | "bool" {
  if (dtype === "uint32") throw new UserError("Cannot compute with uint32 on the device tfjs: it has no such type. Use int32, or another device.");
  return dtype;
}

type IntegerName = "mul" | "divide" | "remainder" | "and" | "or" | "xor" | "shl" | "shr";
/** int32 arithmetic as processors do it. tfjs computes in floating point, or not at all: these go through the host. */
const integers: Readonly<Record<IntegerName, (x: number, y: number) => number>> = {
  mul: Math.imul,
  divide: (x, y) => (y === 0 ? -1 : x / y),
  remainder: (x, y) => (y === 0 ? x : x % y),
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
  shl: (x, y) => x << y,
  shr: (x, y) => x >>> y,
};

function onHost(tf: Tf, { inputs: [x, y], node }: Call<unknown>, fn: (x: number, y: number) => number): TfTensor {
  const right = y?.dataSync();
  return tf.tensor(Int32Array.from((x as TfTensor).dataSync(), (value, i) => fn(value, right?.[i] ?? 0)), [...node.shape], "int32");
}

const unary = (name: "neg" | "exp" | "log" | "sqrt" | "sin" | "cos" | "asin" | "atan" | "erf" | "floor" | "ceil"): Operation<unknown> => (tf, { inputs: [x] }) => tf[name](x as TfTensor);

const unaries: Operations<UnaryName> = {
  neg: unary("neg"),
  exp: unary("exp"),
  log: unary("log"),
  sqrt: unary("sqrt"),
  sin: unary("sin"),
  cos: unary("cos"),
  asin: unary("asin"),
  atan: unary("atan"),
  erf: unary("erf"),
  erfc: (tf, { inputs: [x] }) => tf.sub(1, tf.erf(x as TfTensor)),
  floor: unary("floor"),
  ceil: unary("ceil"),
  not: (tf, { inputs: [x] }) => tf.logicalNot(x as TfTensor),
  popcount: (tf, call) => onHost(tf, call, (x) => (x >>> 0).toString(2).replaceAll("0", "").length),
};

type BinaryFn = (x: TfTensor, y: TfTensor) => TfTensor;
/** By the type of the elements: what does not exist for a type is not listed, and never asked for. */
const binary =
  (name: BinaryName, { float, bool }: { float?: (tf: Tf) => BinaryFn; bool?: (tf: Tf) => BinaryFn }): Operation<unknown> =>
  (tf, call) => {
    const [x, y] = call.inputs as [TfTensor, TfTensor];
    const { dtype } = call.node;
    if (dtype === "int32" && name in integers) return onHost(tf, call, integers[name as IntegerName]);
    const fn = dtype === "bool" ? bool : float;
    if (fn === undefined) throw new UserError(`Cannot compute ${name} of ${dtype} on the device tfjs: it has no such operation. Use another device.`);
    return fn(tf)(x, y);
  };

const binaries: Operations<BinaryName> = {
  add: binary("add", { float: (tf) => tf.add }),
  subtract: binary("subtract", { float: (tf) => tf.sub }),
  mul: binary("mul", { float: (tf) => tf.mul }),
  divide: binary("divide", { float: (tf) => tf.div }),
  // tfjs rounds the quotient down; here, as in C, the remainder has the sign of x.
  remainder: binary("remainder", {
    float: (tf) => (x, y) => {
      const rest = tf.mod(tf.abs(x), tf.abs(y));
      return tf.where(tf.less(x, 0), tf.neg(rest), rest);
    },
  }),
  min: binary("min", { float: (tf) => tf.minimum, bool: (tf) => tf.logicalAnd }),
  max: binary("max", { float: (tf) => tf.maximum, bool: (tf) => tf.logicalOr }),
  and: binary("and", { bool: (tf) => tf.logicalAnd }),
  or: binary("or", { bool: (tf) => tf.logicalOr }),
  xor: binary("xor", { bool: (tf) => tf.logicalXor }),
  shl: binary("shl", {}),
  shr: binary("shr", {}),
};

const comparisons: Readonly<Record<CompareName, (tf: Tf) => BinaryFn>> = { less: (tf) => tf.less, less_equal: (tf) => tf.lessEqual, equal: (tf) => tf.equal, not_equal: (tf) => tf.notEqual };

type Reducer = { readonly of: (tf: Tf) => (x: TfTensor, axes: number[]) => TfTensor; readonly empty: (dtype: ElementType) => number };
const lowest = (dtype: ElementType): number => (dtype === "float32" ? -Infinity : -2147483648);
const highest = (dtype: ElementType): number => (dtype === "float32" ? Infinity : 2147483647);
const reducers: Readonly<Record<ReduceName, Reducer>> = {
  add: { of: (tf) => tf.sum, empty: () => 0 },
  mul: { of: (tf) => tf.prod, empty: () => 1 },
  min: { of: (tf) => tf.min, empty: highest },
  max: { of: (tf) => tf.max, empty: lowest },
  and: { of: (tf) => tf.all, empty: () => 1 },
  or: { of: (tf) => tf.any, empty: () => 0 },
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

/** The axes with the indexed ones first, in their order. */
const indexedFirst = (shape: Shape, axes: readonly number[]): number[] => [...axes, ...shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))];

const others: Operations<Exclude<OpName, UnaryName | BinaryName | "parameter">> = {
  constant: (tf, { node }) => tf.scalar(node.dtype === "bool" ? node.attributes.value !== 0 : node.attributes.value, tfType(node.dtype)),
  array: (tf, { node }) => tf.tensor(node.attributes.data, [...node.shape], tfType(node.dtype)),
  compare: (tf, { inputs: [x, y], node }) => comparisons[node.attributes.direction](tf)(x as TfTensor, y as TfTensor),
  select: (tf, { inputs: [condition, x, y] }) => tf.where(condition as TfTensor, x as TfTensor, y as TfTensor),
  convert: (tf, { inputs: [x], node }) => {
    if (node.dtype === "bool") return tf.notEqual(x as TfTensor, tf.zerosLike(x as TfTensor));
    return node.dtype === "int32" && x?.dtype === "float32" ? truncated(tf, x) : tf.cast(x as TfTensor, tfType(node.dtype));
  },
  bitcast: (tf, { inputs: [x], node }) => {
    // What tfjs converted may still be stored as what it was.
    const data = x?.dataSync() as Float32Array;
    const bytes = (node.dtype === "float32" ? Int32Array.from(data) : Float32Array.from(data)).buffer;
    return tf.tensor(node.dtype === "float32" ? new Float32Array(bytes) : new Int32Array(bytes), [...node.shape], tfType(node.dtype));
  },
  broadcast: (tf, { inputs: [x], node }) => {
    const { dims } = node.attributes;
    const aligned = tf.reshape(x as TfTensor, node.shape.map((_, axis) => (dims.includes(axis) ? (x?.shape[dims.indexOf(axis)] as number) : 1)));
    return tf.broadcastTo(aligned, [...node.shape]);
  },
  reshape: (tf, { inputs: [x], node }) => tf.reshape(x as TfTensor, [...node.shape]),
  transpose: (tf, { inputs: [x], node }) => tf.transpose(x as TfTensor, [...node.attributes.perm]),
  slice: (tf, { inputs: [x], node }) => tf.slice(x as TfTensor, [...node.attributes.start], [...node.shape]),
  pad: (tf, { inputs: [x], node }) => tf.pad(x as TfTensor, node.attributes.low.map((low, axis): [number, number] => [low, (node.shape[axis] as number) - low - (x?.shape[axis] as number)])),
  reverse: (tf, { inputs: [x], node }) => tf.reverse(x as TfTensor, [...node.attributes.axes]),
  concatenate: (tf, { inputs, node }) => tf.concat([...inputs], node.attributes.axis),
  reduce: (tf, { inputs: [x], node }) => {
    const { of, empty } = reducers[node.attributes.fn];
    if (x?.size === 0) return tf.broadcastTo(tf.scalar(empty(node.dtype), tfType(node.dtype)), [...node.shape]);
    return tf.cast(of(tf)(x as TfTensor, [...node.attributes.axes]), tfType(node.dtype));
  },
  dot: (tf, { inputs: [x, y], node }) => {
    const { batch, contract } = node.attributes;
    const left = asMatrices(tf, x as TfTensor, { batch: batch[0], contract: contract[0], last: "contract" });
    const right = asMatrices(tf, y as TfTensor, { batch: batch[1], contract: contract[1], last: "free" });
    return tf.reshape(tf.matMul(left, right), [...node.shape]);
  },
  gather: (tf, { inputs: [x, index], node }) => {
    const { axes } = node.attributes;
    const operand = x as TfTensor;
    const rows = tf.gatherND(tf.transpose(operand, indexedFirst(operand.shape, axes)), clamped(tf, asRows(tf, index as TfTensor), { shape: operand.shape, axes }));
    return tf.reshape(rows, [...node.shape]);
  },
  scatter: (tf, { inputs: [updates, index], node }) => {
    const { axes, fn } = node.attributes;
    const perm = indexedFirst(node.shape, axes);
    const shape = perm.map((axis) => node.shape[axis] as number);
    const at = asRows(tf, index as TfTensor);
    const added = tf.reshape(updates as TfTensor, [at.shape[0] ?? 0, ...shape.slice(axes.length)]);
    const rows = fn === "add" ? tf.scatterND(at, added, shape) : tf.tensorScatterUpdate(tf.zeros(shape, tfType(node.dtype)), at, added);
    return tf.transpose(rows, perm.map((_, axis) => perm.indexOf(axis)));
  },
};

const operations: Operations<Exclude<OpName, "parameter">> = { ...unaries, ...binaries, ...others };

/** Computes one node of a graph. */
export function compute(tf: Tf, call: Call<unknown>): TfTensor {
  const { op, shape, dtype } = call.node;
  if (sizeOf(shape) === 0) return tf.zeros([...shape], tfType(dtype));
  tfType(dtype);
  return (operations[op as Exclude<OpName, "parameter">] as Operation<unknown>)(tf, call);
}
