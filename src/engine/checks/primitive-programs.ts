/** One small program for each primitive that is lowered: what the coverage table calls its test. */
import { hostArray, type HostArray } from "../../util/index.js";
import { jax, type Value } from "../jax-js.js";
import { valueAndGrad } from "../grad.js";
import { concat, take } from "../ops.js";
import { split, tensorOf, valueOf, where, type Tensor } from "../tensor.js";
import type { inlined, LoweredName } from "../trace.js";
import type { Traceable } from "./compare.js";
import { raw, rawOne } from "./raw.js";

export interface PrimitiveProgram {
  readonly run: Traceable;
  readonly inputs: readonly HostArray[];
}

const numbers = hostArray([2, 3], [-1.25, 0.5, 2, 0, -0.75, 1.5]);
const row = hostArray([3], [0.5, -2, 1]);
const column = hostArray([2, 1], [1, -0.5]);
const positive = hostArray([4], [0.1, 1, 2.5, 30]);
const inside = hostArray([5], [-0.9, -0.3, 0, 0.4, 0.8]);
const scalar = hostArray([], 0.5);
const whole = hostArray([2, 3], Int32Array.from([7, -7, 3, -3, 20, 2147483647]));
const divisors = hostArray([3], Int32Array.from([3, 2, -4]));
const places = hostArray([3], Int32Array.from([0, 5, 31]));
const picks = hostArray([2, 2], Int32Array.from([1, 0, 1, 1]));
const truths = hostArray([2, 3], Uint8Array.from([1, 0, 1, 0, 0, 1]));

const unary = (run: (x: Tensor) => Tensor, input: HostArray = numbers): PrimitiveProgram => ({ run: (x) => [run(x)], inputs: [input] });
/** Operands that broadcast, one of them a scalar, floats and whole numbers. */
const binary = (run: (x: Tensor, y: Tensor) => Tensor): PrimitiveProgram => ({
  run: (x, y, z, s, i, j) => [run(x, y), run(y, z), run(x, s), run(i, j)],
  inputs: [numbers, row, column, scalar, whole, divisors],
});
const ints = (run: Traceable, second: HostArray = divisors): PrimitiveProgram => ({ run, inputs: [whole, second] });
const windows = (x: Tensor): Tensor[] => raw([x], ({ lax }, a) => [lax.reduceWindow(a.ref, (w) => w.sum(), [2], [1]), lax.reduceWindow(a, (w) => w.max(), [2, 2], [1, 2])]);

/** Every primitive that is lowered, or resolved before. */
export const primitivePrograms: { readonly [K in LoweredName | keyof typeof inlined]: PrimitiveProgram } = {
  add: binary((x, y) => x.add(y)),
  mul: binary((x, y) => x.mul(y)),
  min: binary((x, y) => x.minimum(y)),
  max: binary((x, y) => x.maximum(y)),
  idiv: { run: (x, y, i, j) => [rawOne([x, y], ({ np }, a, b) => np.trunc(a.div(b))), rawOne([i, j], (_, a, b) => a.div(b))], inputs: [numbers, row, whole, divisors] },
  mod: binary((x, y) => rawOne([x, y], (_, a, b) => a.mod(b))),
  bit_combine: ints((x, y) => raw([x, y], ({ np }, a, b) => [np.bitwiseAnd(a.ref, b.ref), np.bitwiseOr(a.ref, b.ref), np.bitwiseXor(a, b)])),
  bit_shift: ints((x, y) => raw([x, y], ({ np }, a, b) => [np.leftShift(a.ref, b.ref), np.rightShift(a, b)]), places),
  bit_count: ints((x) => [rawOne([x], ({ np }, a) => np.bitwiseCount(a))]),
  neg: unary((x) => x.neg()),
  reciprocal: unary((x) => x.reciprocal(), positive),
  floor: unary((x) => x.floor()),
  ceil: unary((x) => x.ceil()),
  stop_gradient: { run: (x) => valueAndGrad((t: Tensor) => t.stopGradient().mul(t).sum())(x), inputs: [numbers] },
  cast: { run: (x, i, b) => [x.astype("int32"), x.astype("bool"), i.astype("float32"), i.astype("bool"), b.astype("float32"), b.astype("int32")], inputs: [numbers, whole, truths] },
  bitcast: { run: (x, i) => [rawOne([x], ({ lax }, a) => lax.bitcastConvertType(a, "int32" as never)), rawOne([i], ({ lax }, a) => lax.bitcastConvertType(a, "float32" as never))], inputs: [numbers, hostArray([2], Int32Array.from([1065353216, -1073741824]))] },
  sin: unary((x) => x.sin()),
  cos: unary((x) => x.cos()),
  asin: unary((x) => rawOne([x], ({ np }, a) => np.arcsin(a)), inside),
  atan: unary((x) => rawOne([x], ({ np }, a) => np.arctan(a))),
  exp: unary((x) => x.exp()),
  log: unary((x) => x.log(), positive),
  erf: unary((x) => x.erf()),
  erfc: unary((x) => rawOne([x], ({ lax }, a) => lax.erfc(a))),
  sqrt: unary((x) => x.sqrt(), positive),
  dot: { run: (x, y, z) => [x.matmul(y), x.transpose().matmul(x), y.matmul(z)], inputs: [numbers, hostArray([3, 2], [1, 2, 3, 4, 5, 6]), hostArray([2, 1], [1, -1])] },
  where: { run: (c, x, y, i) => [where(c, x, y), where(c, i, 0), where(c, 1, x)], inputs: [truths, numbers, row, whole] },
  compare: binary((x, y) => concat([x.less(y), x.lessEqual(y), x.equal(y), x.notEqual(y)].map((t) => t.reshape([-1])))),
  reduce: { run: (x, i, b) => [x.sum(0), x.max(1), x.min(), ...raw([x, i, b], ({ np }, a, k, c) => [np.prod(a, 1), np.sum(k.ref, 1), np.max(k, 0), np.all(c.ref, 0), np.any(c, 1)])], inputs: [numbers, whole, truths] },
  concatenate: { run: (x, y, i) => [concat([x, y], 1), concat([i, i], 0)], inputs: [numbers, column, whole] },
  split: { run: (x, b) => [...split(x, [1, 2], 1), ...split(b, [2, 0, 1], 1)], inputs: [numbers, truths] },
  gather: { run: (x, i) => [take(x, i, 0), take(x, i, 1)], inputs: [numbers, picks] },
  scatter: { run: (x, i) => valueAndGrad((t: Tensor) => take(t, i, 1).square().sum())(x), inputs: [numbers, picks] },
  transpose: unary((x) => x.transpose()),
  broadcast: { run: (x, y, b) => [x.broadcastTo([4, 3]), y.broadcastTo([2, 5]), b.expandDims(1).broadcastTo([2, 2, 3])], inputs: [row, column, truths] },
  reshape: { run: (x, i) => [x.reshape([3, 2]), i.transpose().reshape([6])], inputs: [numbers, whole] },
  flip: { run: (x, b) => [rawOne([x], ({ np }, a) => np.flip(a, [0, 1])), rawOne([b], ({ np }, a) => np.flip(a, 1))], inputs: [numbers, truths] },
  shrink: { run: (x, b) => [x.slice(1, [1, 3]), b.at(0, 1)], inputs: [numbers, truths] },
  pad: { run: (x, i) => [rawOne([x], ({ np }, a) => np.pad(a, [[1, 0], [2, 1]])), rawOne([i], ({ np }, a) => np.pad(a, [[0, 1], [0, 0]]))], inputs: [numbers, whole] },
  pool: { run: (x) => windows(x), inputs: [numbers] },
  pool_transpose: { run: (x) => valueAndGrad((t: Tensor) => windows(t).map((w) => w.square().sum()).reduce((a, b) => a.add(b)))(x), inputs: [numbers] },
  jit: { run: (x) => [tensorOf((jax().jit(((v: Value) => v.ref.mul(v).add(1)) as never) as unknown as (v: Value) => Value)(valueOf(x)))], inputs: [numbers] },
};
