/**
 * Tensors exist while a function is traced. They behave as ordinary values: use one as often as you like, or never.
 * (jax-js counts references and moves its values; each use here takes a reference of its own, and what is left over
 * is bookkeeping that ends with the trace.)
 */
import { sizeOf, tableOf, UserError, type DType } from "../util/index.js";
import { jax, type Value } from "./jax-js.js";

export type Operand = Tensor | number;
/** One axis, several, or all when left out; negative axes count from the end. */
export type Axes = number | readonly number[];

const values = new WeakMap<object, Value>();

/** A fresh reference to the jax-js value behind a tensor; a number stays a number. */
export function valueOf(operand: Operand): Value {
  if (typeof operand === "number") return operand as unknown as Value;
  const value = values.get(operand);
  if (value === undefined) throw new UserError("Cannot use a value that is not a tensor: tensors come from the arguments of the traced function, or from constant() and full().");
  return value.ref;
}

/** The tensor of a jax-js value, which it takes over. */
export function tensorOf(value: Value): Tensor {
  return new Tensor(value);
}

const written = (operand: Operand): string => (typeof operand === "number" ? String(operand) : `(${operand.shape.join(", ")})`);

function checkBroadcast(action: string, operands: readonly Operand[]): void {
  const shapes = operands.map((operand) => (typeof operand === "number" ? [] : operand.shape));
  const rank = Math.max(...shapes.map((shape) => shape.length));
  for (let axis = 1; axis <= rank; axis++) {
    const sizes = shapes.map((shape) => shape.at(-axis)).filter((size) => size !== undefined && size !== 1);
    if (new Set(sizes).size > 1) {
      throw new UserError(`Cannot ${action} ${operands.map(written).join(" and ")}: sizes must be equal or 1 on each axis, counted from the last.`);
    }
  }
}

function normalizeAxis(axis: number, { rank, action }: { rank: number; action: string }): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || normal < 0 || normal >= rank) throw new UserError(`Cannot ${action} on axis ${axis}: required an axis of a tensor of ${rank} axes.`);
  return normal;
}

const unaryOf =
  (fn: (x: Value) => Value) =>
  (x: Tensor): Tensor =>
    tensorOf(fn(valueOf(x)));
const binaryOf =
  (action: string, fn: (x: Value, y: Value) => Value) =>
  (x: Operand, y: Operand): Tensor => {
    checkBroadcast(action, [x, y]);
    return tensorOf(fn(valueOf(x), valueOf(y)));
  };

/** Elementwise functions of one tensor; each is a method. */
const unary = {
  /** −x */
  neg: unaryOf((x) => x.neg()),
  /** |x|; its gradient at 0 is 1. */
  abs: unaryOf((x) => jax().numpy.abs(x)),
  /** eˣ */
  exp: unaryOf((x) => jax().numpy.exp(x)),
  /** Natural logarithm. */
  log: unaryOf((x) => jax().numpy.log(x)),
  /** √x; its gradient at 0 is infinite. */
  sqrt: unaryOf((x) => jax().numpy.sqrt(x)),
  /** 1 / x */
  reciprocal: unaryOf((x) => jax().numpy.reciprocal(x)),
  sin: unaryOf((x) => jax().numpy.sin(x)),
  cos: unaryOf((x) => jax().numpy.cos(x)),
  /** Hyperbolic tangent. */
  tanh: unaryOf((x) => jax().numpy.tanh(x)),
  /** The error function. */
  erf: unaryOf((x) => jax().lax.erf(x)),
  /** The largest whole number not above x. */
  floor: unaryOf((x) => jax().numpy.floor(x)),
  /** The smallest whole number not below x. */
  ceil: unaryOf((x) => jax().numpy.ceil(x)),
  /** x² */
  square: (x: Tensor): Tensor => x.mul(x),
  /** 1 / (1 + e⁻ˣ), bounded so that its gradient stays a number. */
  sigmoid: (x: Tensor): Tensor => x.neg().minimum(80).exp().add(1).reciprocal(),
  /** max(x, 0), with gradient 0 at 0. */
  relu: (x: Tensor): Tensor => where(x.greater(0), x, 0),
  /** x Φ(x), exact (with the error function). */
  gelu: (x: Tensor): Tensor => x.mul(x.mul(Math.SQRT1_2).erf().add(1)).mul(0.5),
  /**
   * x tanh(softplus(x)), by its closed form, with a derivative written by hand: y = sg(f(x)) + sg(f′(x)) (x − sg(x)).
   * With e = eˣ and n = e (e + 2): f(x) = x n/(n + 2). With w = e⁻ˣ and q = 1/(1 + 2w + 2w²):
   * f′(x) = q (1 + 2w + 4x (1 + w) w² q). The derivative has an exponential of its own on purpose: two passes that each
   * read x are cheaper than three that hand an exponential over through memory.
   */
  mish: (x: Tensor): Tensor => {
    const at = x.stopGradient();
    const e = at.minimum(20).exp();
    const n = e.mul(e.add(2));
    const low = at.maximum(-20);
    const w = low.neg().exp();
    const square = w.square();
    const a = w.mul(2).add(1);
    const q = square.mul(2).add(a).reciprocal();
    const slope = q.mul(a.add(low.mul(w.add(1)).mul(square).mul(q).mul(4)));
    return at.mul(n.div(n.add(2))).stopGradient().add(slope.stopGradient().mul(x.sub(at)));
  },
  /** The same value with no gradient. */
  stopGradient: unaryOf((x) => jax().lax.stopGradient(x)),
  /** Logical not of a bool tensor. */
  not: unaryOf((x) => jax().numpy.logicalNot(x)),
} satisfies Record<string, (x: Tensor) => Tensor>;

const comparisons = tableOf(["greater", "greaterEqual", "less", "lessEqual", "equal", "notEqual"], (name) => binaryOf("compare", (x, y) => jax().numpy[name](x, y)));
/** Elementwise functions of two operands that broadcast against each other as in NumPy; each is a method. */
const binary = {
  add: binaryOf("add", (x, y) => jax().numpy.add(x, y)),
  sub: binaryOf("subtract", (x, y) => jax().numpy.subtract(x, y)),
  mul: binaryOf("multiply", (x, y) => jax().numpy.multiply(x, y)),
  div: binaryOf("divide", (x, y) => jax().numpy.trueDivide(x, y)),
  minimum: binaryOf("take the minimum of", (x, y) => jax().numpy.minimum(x, y)),
  maximum: binaryOf("take the maximum of", (x, y) => jax().numpy.maximum(x, y)),
  ...comparisons,
  /** Logical and of bool tensors. */
  and: binaryOf("combine", (x, y) => jax().numpy.logicalAnd(x, y)),
  /** Logical or of bool tensors. */
  or: binaryOf("combine", (x, y) => jax().numpy.logicalOr(x, y)),
} satisfies Record<string, (x: Operand, y: Operand) => Tensor>;

const reductionOf =
  (op: "sum" | "mean" | "max" | "min") =>
  (x: Tensor, axes: Axes = x.shape.map((_, i) => i), { keepDims = false }: { keepDims?: boolean } = {}): Tensor => {
    const list = [axes].flat().map((axis) => normalizeAxis(axis, { rank: x.rank, action: `take the ${op}` }));
    return tensorOf(jax().numpy[op](valueOf(x), list, { keepdims: keepDims }));
  };
/** Functions of all elements along some axes; each is a method. */
const reductions = tableOf(["sum", "mean", "max", "min"], reductionOf);

export type UnaryMethods = { readonly [K in keyof typeof unary]: () => Tensor };
export type BinaryMethods = { readonly [K in keyof typeof binary]: (other: Operand) => Tensor };

export type ReductionMethods = { readonly [K in keyof typeof reductions]: (axes?: Axes, options?: { keepDims?: boolean }) => Tensor };

const Methods = function (this: unknown) {} as unknown as new () => UnaryMethods & BinaryMethods & ReductionMethods;
for (const [name, fn] of Object.entries<(x: Tensor, ...rest: never[]) => Tensor>({ ...unary, ...binary, ...reductions })) {
  Object.defineProperty(Methods.prototype, name, { value: function (this: Tensor, ...rest: never[]) { return fn(this, ...rest); } });
}

/** A value of the traced function, with shape and dtype known and elements not. */
export class Tensor extends Methods {
  readonly shape: readonly number[];
  readonly dtype: DType;

  /** Tensors are made by tracing, `constant`, `full` and by each other's methods. */
  constructor(value: object) {
    super();
    values.set(this, value as Value);
    this.shape = (value as Value).shape;
    this.dtype = (value as Value).dtype as DType;
  }

  /** The number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** xᵉ for a constant exponent: products for small whole e, a root for ½, else exp(e log x) for positive x. */
  pow(exponent: number): Tensor {
    if (exponent === 0.5) return this.sqrt();
    if (!Number.isInteger(exponent) || Math.abs(exponent) > 64) return this.log().mul(exponent).exp();
    if (exponent < 0) return this.pow(-exponent).reciprocal();
    if (exponent === 0) return full(this.shape, 1);
    const half = this.pow(Math.floor(exponent / 2));
    if (exponent === 1) return this;
    return exponent % 2 === 0 ? half.square() : half.square().mul(this);
  }

  /** min(max(x, low), high); the gradient is 1 at the bounds and 0 beyond. */
  clip(low: number, high: number): Tensor {
    return this.maximum(low).minimum(high);
  }

  /** Matrix product of the last two axes; leading axes broadcast: (…, m, k) · (…, k, n) → (…, m, n). */
  matmul(other: Tensor): Tensor {
    const inner = other.shape[Math.max(0, other.rank - 2)];
    if (this.rank === 0 || other.rank === 0 || this.shape.at(-1) !== inner) {
      throw new UserError(`Cannot multiply matrices ${written(this)} and ${written(other)}: the last axis of the first and the last but one of the second must be equal.`);
    }
    return tensorOf(jax().numpy.matmul(valueOf(this), valueOf(other)));
  }

  /** The same elements in another shape; one size may be −1. */
  reshape(shape: readonly number[]): Tensor {
    const known = sizeOf(shape.filter((size) => size !== -1));
    const size = sizeOf(this.shape);
    if (shape.includes(-1) ? known === 0 || size % known !== 0 : known !== size) {
      throw new UserError(`Cannot reshape ${written(this)} to (${shape.join(", ")}): the number of elements must stay ${size}.`);
    }
    return tensorOf(jax().numpy.reshape(valueOf(this), [...shape]));
  }

  /** Axes in another order; reversed when left out. `perm[i]` is the old place of new axis i. */
  transpose(perm?: readonly number[]): Tensor {
    return tensorOf(jax().numpy.transpose(valueOf(this), perm === undefined ? undefined : [...perm]));
  }

  /** Elements start … end − 1 of one axis. */
  slice(axis: number, [start, end]: readonly [number, number]): Tensor {
    const at = normalizeAxis(axis, { rank: this.rank, action: "slice" });
    const size = this.shape[at] ?? 0;
    if (start < 0 || end > size || start > end) throw new UserError(`Cannot slice ${written(this)} from ${start} to ${end} on axis ${axis}: required 0 ≤ start ≤ end ≤ ${size}.`);
    const ranges: [number, number][] = this.shape.map((length, i) => (i === at ? [start, end] : [0, length]));
    return tensorOf(valueOf(this).slice(...ranges));
  }

  /** Element `index` of one axis, which goes: (m, n).at(0, i) → (n). */
  at(axis: number, index: number): Tensor {
    const place = normalizeAxis(axis, { rank: this.rank, action: "index" });
    const start = index < 0 ? index + (this.shape[place] ?? 0) : index;
    return this.slice(place, [start, start + 1]).squeeze(place);
  }

  /** Repeats axes of size 1, and adds leading axes, without copying. */
  broadcastTo(shape: readonly number[]): Tensor {
    return tensorOf(jax().numpy.broadcastTo(valueOf(this), [...shape]));
  }

  /** A new axis of size 1 at this place. */
  expandDims(axis: number): Tensor {
    const at = normalizeAxis(axis, { rank: this.rank + 1, action: "insert an axis" });
    return this.reshape(this.shape.toSpliced(at, 0, 1));
  }

  /** Drops one axis of size 1. */
  squeeze(axis: number): Tensor {
    const at = normalizeAxis(axis, { rank: this.rank, action: "squeeze" });
    if (this.shape[at] !== 1) throw new UserError(`Cannot squeeze ${written(this)} on axis ${axis}: its size must be 1.`);
    return this.reshape(this.shape.toSpliced(at, 1));
  }

  /** eˣ / Σ eˣ along one axis, shifted by the maximum so that large inputs stay finite. */
  softmax(axis = -1): Tensor {
    const e = this.sub(this.max(axis, { keepDims: true }).stopGradient()).exp();
    return e.div(e.sum(axis, { keepDims: true }));
  }

  astype(dtype: DType): Tensor {
    return this.dtype === dtype ? this : tensorOf(jax().numpy.astype(valueOf(this), dtype as never));
  }
}

/** `a` where the condition holds, else `b`; all three broadcast. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  checkBroadcast("select from", [condition, a, b]);
  const [x, y] = typeof a === "number" && typeof b === "number" ? [full([], a), b] : [a, b];
  return tensorOf(jax().numpy.where(valueOf(condition), valueOf(x), valueOf(y)));
}

/** A float32 tensor of one value. */
export function full(shape: readonly number[], value: number): Tensor {
  return tensorOf(jax().numpy.full([...shape], value, { dtype: "float32" as never }));
}

/** Cuts one axis into consecutive parts of the given sizes. */
export function split(tensor: Tensor, sizes: readonly number[], axis = -1): Tensor[] {
  const at = normalizeAxis(axis, { rank: tensor.rank, action: "split" });
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== tensor.shape[at]) throw new UserError(`Cannot split ${written(tensor)} on axis ${axis} into ${sizes.join(" + ")}: the sizes must add up to ${tensor.shape[at]}.`);
  let end = 0;
  const ends = sizes.slice(0, -1).map((size) => (end += size));
  return jax().numpy.split(valueOf(tensor), ends, at).map(tensorOf);
}
