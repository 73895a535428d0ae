/**
 * Programs made of random operations on tensors of random shapes and types, steered by a list of whole numbers: equal
 * lists make equal programs. Between them the operations use every primitive that is lowered.
 */
import { hostArray, Rng, sizeOf, type HostArray } from "../../util/index.js";
import { concat, repeat, take } from "../ops.js";
import { full, split, where, type Tensor } from "../tensor.js";
import { rawOne } from "./raw.js";

/** Shapes with empty axes, axes of size 1, scalars and up to four axes. */
const floatShapes: readonly (readonly number[])[] = [[], [1], [3], [4], [1, 3], [2, 3], [3, 1], [2, 1, 3], [2, 4, 3], [0, 3], [2, 3, 2, 2]];
const wholeShapes: readonly (readonly number[])[] = [[], [3], [2, 3], [3, 1], [2, 1, 3]];

/** The inputs of every random program: numbers, small whole numbers, truth values. */
export function randomInputs(seed: number): HostArray[] {
  const rng = new Rng(seed);
  const floats = floatShapes.map((shape) => hostArray(shape, rng.fillNormal(new Float32Array(sizeOf(shape)))));
  const ints = wholeShapes.map((shape) => hostArray(shape, Int32Array.from({ length: sizeOf(shape) }, () => rng.int(15) - 7)));
  const bools = wholeShapes.slice(1).map((shape) => hostArray(shape, Uint8Array.from({ length: sizeOf(shape) }, () => rng.int(2))));
  return [...floats, ...ints, ...bools];
}

const largest = 2000;
/** Values that all devices compute to the last bit: only they are rounded or compared, for others may fall on either side. */
const exact = new WeakSet<Tensor>();
const sized = (t: Tensor): number => sizeOf(t.shape);

/** Draws one choice after the other from the list; when it is used up, always the first. */
class Steering {
  private next = 0;
  constructor(private readonly numbers: readonly number[]) {}
  below(n: number): number {
    return n <= 0 ? 0 : (this.numbers[this.next++] ?? 0) % n;
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

type Shaped = Pick<Tensor, "shape">;

function broadcasts({ shape: a }: Shaped, { shape: b }: Shaped): boolean {
  const rank = Math.max(a.length, b.length);
  const sizes = Array.from({ length: rank }, (_, i): [number, number] => [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1]);
  return sizeOf(sizes.map(([m, n]) => (m === 1 ? n : m))) <= largest && sizes.every(([m, n]) => m === n || m === 1 || n === 1);
}

function widest({ shape: a }: Shaped, { shape: b }: Shaped): Shaped {
  const rank = Math.max(a.length, b.length);
  return { shape: Array.from({ length: rank }, (_, i) => (a[a.length - rank + i] ?? 1) === 1 ? (b[b.length - rank + i] ?? 1) : (a[a.length - rank + i] as number)) };
}

interface Kit {
  readonly steer: Steering;
  /** Everything made so far, of all types. */
  readonly pool: readonly Tensor[];
  /** Something of x's own type that broadcasts against it, perhaps x. */
  readonly partner: (x: Tensor) => Tensor;
  /** A random set of axes of x. */
  readonly axes: (x: Tensor) => number[];
}
type Operation = (x: Tensor, kit: Kit) => Tensor;
/** One of several functions, picked by the next number. */
const oneOf =
  (...choices: readonly Operation[]): Operation =>
  (x, kit) =>
    kit.steer.pick(choices)(x, kit);

/** Operations that move, copy or pick elements of any type. */
const moves: Readonly<Record<string, Operation>> = {
  reshape: (x, { steer }) => {
    const flat = sized(x);
    const divisors = [1, 2, 3, 4, 6].filter((n) => flat > 0 && flat % n === 0);
    if (divisors.length === 0) return x;
    const first = steer.pick(divisors);
    const second = steer.pick(divisors.filter((n) => (flat / first) % n === 0));
    return steer.pick([() => x.reshape([flat]), () => x.reshape([first, flat / first]), () => x.reshape([first, second, flat / first / second]), () => x.reshape([flat / first, first, 1])])();
  },
  transpose: (x, { steer }) => {
    const perm = x.shape.map((_, i) => i);
    perm.forEach((_, i) => {
      const j = i + steer.below(perm.length - i);
      [perm[i], perm[j]] = [perm[j] as number, perm[i] as number];
    });
    return x.transpose(perm);
  },
  slice: (x, { steer }) => {
    if (x.rank === 0) return x;
    const axis = steer.below(x.rank);
    const length = x.shape[axis] as number;
    const start = steer.below(length + 1);
    return x.slice(axis, [start, start + steer.below(length - start + 1)]);
  },
  split: (x, { steer }) => {
    if (x.rank === 0) return x;
    const axis = steer.below(x.rank);
    const first = steer.below((x.shape[axis] as number) + 1);
    return steer.pick(split(x, [first, (x.shape[axis] as number) - first], axis));
  },
  broadcast: (x, { steer }) => {
    const wide = [...steer.pick([[], [2], [3, 1]]), ...x.shape.map((n) => (n === 1 ? 1 + steer.below(3) : n))];
    return sizeOf(wide) <= largest ? x.broadcastTo(wide) : x;
  },
  repeat: (x, { steer }) => (x.rank === 0 || sized(x) > largest / 3 ? x : repeat(x, 1 + steer.below(3), steer.below(x.rank))),
  concat: (x, { steer, pool }) => {
    if (x.rank === 0 || sized(x) > largest / 2) return x;
    const axis = steer.below(x.rank);
    const fits = pool.filter((y) => y.dtype === x.dtype && y.rank === x.rank && sized(y) <= largest / 2 && y.shape.every((n, i) => i === axis || n === x.shape[i]));
    return concat([x, steer.pick([x, ...fits])], axis);
  },
  flip: (x, { axes }) => rawOne([x], ({ np }, a) => np.flip(a, axes(x))),
  pad: (x, { steer }) => (x.rank === 0 || sized(x) > largest / 4 ? x : rawOne([x], ({ np }, a) => np.pad(a, x.shape.map((): [number, number] => [steer.below(2), steer.below(3)])))),
  pick: (x, { steer, pool }) => {
    const indices = pool.filter((i) => i.dtype === "int32" && sized(i) * sized(x) <= largest);
    const axis = steer.below(x.rank);
    if (x.rank === 0 || indices.length === 0 || (x.shape[axis] as number) === 0) return x;
    return take(x, steer.pick(indices).maximum(0).minimum((x.shape[axis] as number) - 1), axis);
  },
  select: (x, { steer, pool, partner }) => {
    const y = partner(x);
    const condition = steer.pick(pool.filter((c) => c.dtype === "bool" && broadcasts(c, x) && broadcasts(c, y) && broadcasts(c, widest(x, y))));
    return condition === undefined ? x : where(condition, x, y);
  },
};

/**
 * Pads and cuts off again. jax-js 0.1.25 compiles transposed pooling together with what computes its operand, and where
 * no window lies it adds that function of 0 instead of 0. An operand that is padded first is stored before.
 */
const stored = (x: Tensor): Tensor => (x.rank === 0 ? x : rawOne([x], ({ np }, a) => np.pad(a, x.shape.map((): [number, number] => [0, 1])).slice(...x.shape.map((size): [number, number] => [0, size]))));

/** A window over some of the last axes, as long as the window fits. */
const windowed: Operation = (x, { steer }) => {
  const count = x.rank === 0 ? 0 : 1 + steer.below(Math.min(2, x.rank));
  const window = x.shape.slice(x.rank - count).map((n) => 1 + steer.below(Math.min(3, n)));
  const strides = window.map(() => 1 + steer.below(2));
  if (count === 0 || sized(x) === 0 || sized(x) * sizeOf(window) > largest) return x;
  return stored(rawOne([x], ({ lax }, a) => lax.reduceWindow(a, (w) => w.sum(), window, strides)));
};

const compare: Operation = oneOf((x, kit) => x.greater(kit.partner(x)), (x, kit) => x.lessEqual(kit.partner(x)), (x, kit) => x.equal(kit.partner(x)), (x, kit) => x.notEqual(kit.partner(x)), (x) => x.less(1));

/** Operations on float32; results of continuous ones may differ in the last bits. */
const floats: Readonly<Record<string, Operation>> = {
  unary: oneOf((x) => x.tanh(), (x) => x.sigmoid(), (x) => x.neg(), (x) => x.square().mul(0.3), (x) => x.abs(), (x) => x.mish(), (x) => x.sin(), (x) => x.cos(), (x) => x.clip(-0.7, 0.9), (x) => x.erf(), (x) => x.gelu(), (x) => x.stopGradient()),
  bounded: oneOf(
    (x) => x.tanh().exp(),
    (x) => x.square().add(0.3).log(),
    (x) => x.square().add(0.3).sqrt(),
    (x) => x.square().add(0.4).reciprocal(),
    (x) => rawOne([x.tanh().mul(0.9)], ({ np }, a) => np.arcsin(a)),
    (x) => rawOne([x], ({ np }, a) => np.arctan(a)),
    (x) => rawOne([x], ({ lax }, a) => lax.erfc(a)),
  ),
  binary: oneOf((x, k) => x.add(k.partner(x)), (x, k) => x.sub(k.partner(x)), (x, k) => x.mul(k.partner(x)), (x, k) => x.maximum(k.partner(x)), (x, k) => k.partner(x).minimum(x), (x, k) => x.div(k.partner(x).square().add(1))),
  scalar: oneOf((x) => x.add(1), (x) => x.mul(-0.5), (x) => x.sub(0), (x) => x.mul(1), (x) => x.maximum(0.1)),
  matmul: (x, { steer, pool }) => {
    const partners = pool.filter((y) => y.dtype === "float32" && x.rank >= 1 && y.rank >= 2 && x.shape.at(-1) === y.shape.at(-2) && broadcasts({ shape: [...x.shape.slice(0, -2), 1, 1] }, { shape: [...y.shape.slice(0, -2), x.rank > 1 ? (x.shape.at(-2) as number) : 1, y.shape.at(-1) as number] }) && broadcasts({ shape: x.shape.slice(0, -2) }, { shape: y.shape.slice(0, -2) }));
    return partners.length > 0 ? x.matmul(steer.pick(partners)).mul(0.3) : x.rank > 0 && sized(x) ** 2 <= largest ? x.expandDims(-1).matmul(x.expandDims(-2)).mul(0.3) : x;
  },
  reduce: (x, { steer, axes }) => {
    const over = axes(x);
    const keepDims = steer.below(2) === 1;
    if (over.some((axis) => x.shape[axis] === 0)) return x.sum(over, { keepDims });
    return steer.pick([() => x.sum(over, { keepDims }), () => x.mean(over, { keepDims }), () => x.max(over, { keepDims }), () => x.min(over, { keepDims }), () => rawOne([x.tanh().add(0.1)], ({ np }, a) => np.prod(a, over))])();
  },
  softmax: (x, { steer }) => (x.rank === 0 || sized(x) === 0 ? x : x.softmax(steer.below(x.rank))),
  windowed,
};

/** Operations that jump: only on exact values. */
const jumps: Readonly<Record<string, Operation>> = {
  rounded: oneOf((x) => x.mul(2).floor(), (x) => x.mul(2).ceil(), (x) => x.mul(3).astype("int32"), (x) => x.astype("bool"), (x) => rawOne([x], ({ np }, a) => np.trunc(a)), (x) => rawOne([x], ({ lax }, a) => lax.bitcastConvertType(a, "int32" as never))),
  remainder: (x, { partner }) => rawOne([x, partner(x).abs().add(0.5)], (_, a, b) => a.mod(b)),
  compare,
};

const ints: Readonly<Record<string, Operation>> = {
  arithmetic: oneOf((x, k) => x.add(k.partner(x)), (x, k) => x.sub(k.partner(x)), (x, k) => x.mul(k.partner(x)), (x, k) => x.maximum(k.partner(x)), (x, k) => x.minimum(k.partner(x)), (x) => x.neg(), (x) => x.abs(), (x) => x.mul(3)),
  // By constants: jax-js 0.1.25 takes a whole number made from truth values or from a count of bits, divided by a variable, for 0.
  division: (x, { steer }) => {
    const divisor = full([], steer.pick([3, 2, -4, 7, -1])).astype("int32");
    return rawOne([x, divisor], (_, a, b) => steer.pick([() => a.div(b), () => a.mod(b)])());
  },
  bits: (x, { steer, partner }) => {
    const name = steer.pick(["bitwiseAnd", "bitwiseOr", "bitwiseXor"] as const);
    return rawOne([x, partner(x)], ({ np }, a, b) => np[name](a, b));
  },
  shift: (x, { steer, partner }) => {
    const name = steer.pick(["leftShift", "rightShift"] as const);
    return rawOne([x, partner(x).maximum(0).minimum(31)], ({ np }, a, b) => np[name](a, b));
  },
  count: (x) => rawOne([x], ({ np }, a) => np.bitwiseCount(a)),
  reduce: (x, { steer, axes }) => {
    const over = axes(x);
    const empty = over.some((axis) => x.shape[axis] === 0);
    return steer.pick([() => x.sum(over), () => (empty ? x : x.max(over)), () => (empty ? x : x.min(over)), () => rawOne([x.minimum(3).maximum(-3)], ({ np }, a) => np.prod(a, over))])();
  },
  convert: oneOf((x) => x.minimum(1000).maximum(-1000).astype("float32").mul(0.25), (x) => x.astype("bool")),
  compare,
};

const bools: Readonly<Record<string, Operation>> = {
  logic: oneOf((x, k) => x.and(k.partner(x)), (x, k) => x.or(k.partner(x)), (x) => x.not(), (x, k) => x.equal(k.partner(x)), (x, k) => x.notEqual(k.partner(x))),
  convert: oneOf((x) => x.astype("float32"), (x) => x.astype("int32")),
  reduce: (x, { steer, axes }) => {
    // Of nothing, jax-js 0.1.25 returns whatever lay in memory.
    const over = axes(x).filter((axis) => x.shape[axis] !== 0);
    return rawOne([x], ({ np }, a) => steer.pick([() => np.all(a, over), () => np.any(a, over)])());
  },
};

/** Whether a result is exact: made of exact values by an operation that does not round. */
function isExact(name: string, { x, made, pool }: { x: Tensor; made: Tensor; pool: readonly Tensor[] }): boolean {
  if (made.dtype !== "float32" || name in jumps) return true;
  if (x.dtype !== "float32") return true;
  return name in moves && exact.has(x) && (!["concat", "select"].includes(name) || pool.every((y) => y.dtype !== "float32" || exact.has(y)));
}

/**
 * Runs a random program and returns the last values that it made. With `differentiable`, no axis becomes empty:
 * jax-js cannot differentiate a broadcast to size 0.
 */
export function randomProgram(numbers: readonly number[], { inputs, differentiable }: { inputs: readonly Tensor[]; differentiable: boolean }): Tensor[] {
  const steer = new Steering(numbers);
  const pool = inputs.filter((input) => !differentiable || sized(input) > 0);
  for (const input of pool) exact.add(input);
  const partner = (x: Tensor): Tensor => steer.pick(pool.filter((y) => y.dtype === x.dtype && broadcasts(x, y) && (exact.has(y) || !exact.has(x))).concat(x));
  const axes = (x: Tensor): number[] => x.shape.map((_, i) => i).filter(() => steer.below(2) === 1);
  const count = 1 + steer.below(8);
  for (let i = 0; i < count; i++) {
    const x = steer.below(3) === 0 ? steer.pick(pool) : (pool.at(-1) as Tensor);
    const own = { float32: exact.has(x) ? { ...floats, ...jumps } : floats, int32: ints, bool: bools }[x.dtype];
    const operations = { ...moves, ...own };
    const name = steer.pick(Object.keys(operations));
    const made = (operations[name] as Operation)(x, { steer, pool, partner, axes });
    if (isExact(name, { x, made, pool })) exact.add(made);
    if (!differentiable || sized(made) > 0) pool.push(made);
  }
  return pool.slice(-2);
}
