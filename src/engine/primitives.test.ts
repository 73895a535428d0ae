import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile } from "./compile.js";
import { valueAndGrad } from "./grad.js";
import { hostArray } from "./host-array.js";
import { jax, type Value } from "./jax-js.js";
import { rules } from "./lower/index.js";
import { concat, constant, oneHot, repeat, stack, take } from "./ops.js";
import { split, tensorOf, valueOf, where, type Tensor } from "./tensor.js";
import { compareDevices, normal } from "./testing.js";

/** The gradient of the sum of squares, so that every rule's derivative is lowered too. */
const withGradient =
  (fn: (...inputs: Tensor[]) => Tensor) =>
  (...inputs: Tensor[]): readonly Tensor[] => {
    const [loss, gradient] = valueAndGrad((leaves: Tensor[]) => fn(...leaves).square().sum())(inputs);
    return [fn(...inputs), loss, ...gradient];
  };
const x = normal([3, 4], 1);
const y = normal([3, 4], 2);
const positive = hostArray([3, 4], Float32Array.from(x.data, (value) => Math.abs(value) + 0.1));
const row = normal([4], 3);
const column = normal([3, 1], 4);

describe("elementwise primitives agree with jax-js, with gradients", () => {
  const unary: Record<string, (t: Tensor) => Tensor> = {
    neg: (t) => t.neg(), abs: (t) => t.abs(), exp: (t) => t.exp(), sin: (t) => t.sin(), cos: (t) => t.cos(), tanh: (t) => t.tanh(), erf: (t) => t.erf(), square: (t) => t.square(), sigmoid: (t) => t.sigmoid(), relu: (t) => t.relu(), gelu: (t) => t.gelu(), mish: (t) => t.mish(),
    stopGradient: (t) => t.stopGradient().mul(t), clip: (t) => t.clip(-0.5, 0.5), pow3: (t) => t.pow(3), "pow-2": (t) => t.square().add(1).pow(-2), softmax: (t) => t.softmax(-1), softmax0: (t) => t.softmax(0),
  };
  test.each(Object.entries(unary))("%s", async (_, fn) => void (await compareDevices(withGradient(fn as never), [x])));
  // jax-js's own exp and log are good to about 2e-5.
  const positives: Record<string, (t: Tensor) => Tensor> = { log: (t) => t.log(), sqrt: (t) => t.sqrt(), reciprocal: (t) => t.reciprocal(), pow: (t) => t.pow(1.7) };
  test.each(Object.entries(positives))("%s", async (_, fn) => void (await compareDevices(withGradient(fn as never), [positive], 1e-4)));
  test.each(["floor", "ceil"] as const)("%s", async (name) => void (await compareDevices((t) => [(t as Tensor)[name]()], [x])));

  const binary = ["add", "sub", "mul", "div", "minimum", "maximum"] as const;
  test.each(binary)("%s with broadcasting", async (name) => {
    await compareDevices(withGradient((a, b) => (a as Tensor)[name](b as Tensor)), [x, y]);
    await compareDevices(withGradient((a, b) => (a as Tensor)[name](b as Tensor)), [x, row]);
    await compareDevices(withGradient((a, b) => (a as Tensor)[name](b as Tensor)), [column, row]);
    await compareDevices(withGradient((a) => (a as Tensor)[name](0.5)), [x]);
  });
  test.each(["greater", "greaterEqual", "less", "lessEqual", "equal", "notEqual"] as const)("%s", async (name) => {
    await compareDevices((a, b) => [(a as Tensor)[name](b as Tensor), (a as Tensor)[name](0), (a as Tensor)[name](a as Tensor)], [x, row]);
  });
  test("where, and, or, not, astype", async () => {
    await compareDevices((a, b) => {
      const [p, q] = [(a as Tensor).greater(0), (b as Tensor).less(0.3)];
      return [where(p, a as Tensor, b as Tensor), p.and(q), p.or(q), p.not(), p.astype("float32"), (a as Tensor).mul(3).astype("int32"), (a as Tensor).astype("bool"), p.astype("int32").add(2)];
    }, [x, row]);
    await compareDevices(withGradient((a, b) => where((a as Tensor).greater(0), a as Tensor, b as Tensor)), [x, row]);
  });
  test("int32 arithmetic", async () => {
    const i = hostArray([2, 3], Int32Array.from([1, -2, 3, 40, -50, 7]));
    await compareDevices((a) => [(a as Tensor).add(a as Tensor), (a as Tensor).mul(3), (a as Tensor).neg(), (a as Tensor).maximum(2), (a as Tensor).sum(0), (a as Tensor).greater(0), (a as Tensor).astype("float32").mul(0.5)], [i]);
  });
});

describe("shapes", () => {
  const z = normal([2, 3, 4], 5);
  const cases: Record<string, (t: Tensor) => Tensor> = {
    reshape: (t) => t.reshape([6, 4]), "reshape across axes": (t) => t.reshape([8, 3]), flatten: (t) => t.reshape([-1]), transpose: (t) => t.transpose([2, 0, 1]), reversed: (t) => t.transpose(),
    "transpose and reshape": (t) => t.transpose([1, 0, 2]).reshape([3, 8]), slice: (t) => t.slice(1, [1, 3]), at: (t) => t.at(2, -1), "slice of a repeated axis": (t) => t.at(0, 0).expandDims(0).broadcastTo([5, 3, 4]).slice(0, [1, 3]),
    broadcastTo: (t) => t.expandDims(1).broadcastTo([2, 7, 3, 4]), repeat: (t) => repeat(t, 3, 0), "repeat inside": (t) => repeat(t, 2, 1), concat: (t) => concat([t, t.mul(2)], 1), "concat of repeated": (t) => concat([t, t.slice(1, [0, 1]).broadcastTo([2, 3, 4])], 2),
    stack: (t) => stack([t, t.exp()], 1), split: (t) => (split(t, [1, 3], 2)[1] as Tensor), squeeze: (t) => t.slice(0, [0, 1]).squeeze(0),
    "reshape of repeated": (t) => t.expandDims(1).broadcastTo([2, 5, 3, 4]).reshape([10, 12]), "split a merged axis": (t) => t.reshape([6, 4]).transpose().reshape([2, 2, 2, 3]),
  };
  test.each(Object.entries(cases))("%s", async (_, fn) => void (await compareDevices(withGradient(fn as never), [z])));
  test("gather and its transpose, scatter", async () => {
    const indices = hostArray([2, 3], Int32Array.from([2, 0, 2, 1, 0, 2]));
    await compareDevices((table, i) => {
      const [loss, gradient] = valueAndGrad((t: Tensor) => take(t, i as Tensor, 0).square().sum())(table as Tensor);
      return [take(table as Tensor, i as Tensor, 1), loss, gradient, oneHot(i as Tensor, 4)];
    }, [normal([3, 3, 2], 6), indices]);
  });
  test("constants of many elements", async () => {
    await compareDevices((t) => [(t as Tensor).mul(constant(normal([3, 4], 9))), (t as Tensor).add(constant(hostArray([4], [1, 1, 1, 1])))], [x]);
  });
});

describe("contractions", () => {
  const matmul = withGradient((a, b) => (a as Tensor).matmul(b as Tensor));
  test.each([
    ["plain", [3, 4], [4, 5]], ["batched", [2, 3, 4], [2, 4, 5]], ["shared right", [2, 3, 4], [4, 5]], ["shared left", [3, 4], [2, 4, 5]], ["two batch axes", [2, 3, 4, 5], [2, 3, 5, 2]],
    ["one row", [1, 4], [4, 5]], ["one column", [3, 4], [4, 1]], ["inner axis 1", [3, 1], [1, 5]], ["vectors", [1, 4], [4, 1]], ["matrix and vector", [3, 4], [4]], ["empty inner axis", [3, 0], [0, 2]], ["empty rows", [0, 3], [3, 2]],
  ] as const)("matmul, %s", async (_, a, b) => void (await compareDevices(matmul, [normal(a, 1), normal(b, 2)])));
  test.each(["sum", "mean", "max", "min"] as const)("%s", async (name) => {
    for (const axes of [undefined, 0, -1, [0, 2]] as const) {
      await compareDevices(withGradient((t) => (t as Tensor)[name](axes)), [normal([2, 3, 4], 7)]);
      await compareDevices(withGradient((t) => (t as Tensor)[name](axes, { keepDims: true }).mul(t as Tensor)), [normal([2, 3, 4], 7)]);
    }
  });
  test("reductions over repeated axes", async () => {
    await compareDevices(withGradient((t) => {
      const wide = (t as Tensor).expandDims(1).broadcastTo([3, 5, 4]);
      return wide.sum(1).add(wide.mean([1, 2], { keepDims: true }).squeeze(1)).add(wide.max(1));
    }), [x]);
  });
  test("contraction with a repeated operand sums the other first", async () => {
    await compareDevices(withGradient((t, w) => (t as Tensor).matmul(w as Tensor).mean(1).square()), [normal([2, 3, 4], 8), normal([4, 5], 9)]);
    await compareDevices((t, w) => [(t as Tensor).matmul((w as Tensor).sum(0, { keepDims: true }).broadcastTo([4, 5]))], [x, normal([4, 5], 9)]);
  });
  test("attention, forward and backward", async () => {
    const attend = (q: Tensor, k: Tensor, v: Tensor): Tensor => {
      const heads = (t: Tensor): Tensor => t.reshape([2, 5, 2, 3]).transpose([0, 2, 1, 3]);
      const scores = heads(q).matmul(heads(k).transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(3)).softmax();
      return scores.matmul(heads(v)).transpose([0, 2, 1, 3]).reshape([2, 5, 6]);
    };
    await compareDevices(withGradient(attend as never), [1, 2, 3].map((seed) => normal([2, 5, 6], seed)));
  });
});

describe("primitives beyond the tensor's methods", () => {
  const raw =
    (fn: (np: ReturnType<typeof jax>["numpy"], lax: ReturnType<typeof jax>["lax"], ...values: Value[]) => Value[]) =>
    (...inputs: Tensor[]): Tensor[] =>
      fn(jax().numpy, jax().lax, ...inputs.map(valueOf)).map(tensorOf);
  const ints = hostArray([2, 3], Int32Array.from([7, -7, 3, -3, 20, 5]));
  const divisors = hostArray([3], Int32Array.from([3, 2, -4]));
  const unit = hostArray([5], [-0.9, -0.3, 0, 0.4, 0.8]);
  test("idiv and mod of integers round towards zero", async () => {
    const [quotient] = await compareDevices(raw((_, __, a, b) => [(a as Value).ref.div((b as Value).ref), (a as Value).mod(b as Value)]), [ints, divisors]);
    expect([...(quotient as { data: Int32Array }).data]).toEqual([2, -3, 0, -1, 10, -1]);
  });
  test("mod of floats", async () => void (await compareDevices(raw((_, __, a) => [(a as Value).mod(0.7)]), [x])));
  test("bit operations", async () => {
    await compareDevices(raw((np, _, a, b) => [np.bitwiseAnd((a as Value).ref, (b as Value).ref), np.bitwiseOr((a as Value).ref, (b as Value).ref), np.bitwiseXor((a as Value).ref, b as Value), np.leftShift((a as Value).ref, np.array(2, { dtype: np.int32 })), np.rightShift((a as Value).ref, np.array(1, { dtype: np.int32 })), np.bitwiseCount(a as Value)]), [ints, divisors]);
  });
  test("asin, atan, erfc", async () => void (await compareDevices(raw((np, lax, a) => [np.arcsin((a as Value).ref), np.arctan((a as Value).ref), lax.erfc(a as Value)]), [unit])));
  test("flip and pad", async () => void (await compareDevices(raw((np, _, a) => [np.flip((a as Value).ref, 0), np.flip((a as Value).ref, [0, 1]), np.pad((a as Value).ref, [[1, 2], [0, 0]]), np.pad((a as Value).slice([0, 1]), [[2, 0], [1, 1]])]), [x])));
  test("bitcast", async () => void (await compareDevices(raw((_, lax, a) => [lax.bitcastConvertType(a as Value, "int32" as never)]), [x])));
  test("products over an axis", async () => void (await compareDevices(raw((np, _, a) => [np.prod((a as Value).ref, 0), np.prod(np.broadcastTo((a as Value).reshape([3, 1, 4]), [3, 5, 4]), 1)]), [x])));
  test("bool reductions", async () => void (await compareDevices(raw((_, __, a) => [(a as Value).ref.greater(0).all(0), (a as Value).greater(0).any(1)]), [x])));
});

describe("finite where it should be", () => {
  test("softmax of large inputs", async () => {
    const [out] = await compareDevices((t) => [(t as Tensor).softmax()], [hostArray([2, 3], [1000, 1001, 999, -1e30, 3e38, 0])]);
    expect([...(out as { data: Float32Array }).data].every(Number.isFinite)).toBe(true);
  });
  test("mish and its gradient at large inputs", async () => {
    const [out, , gradient] = await compareDevices(withGradient((t) => (t as Tensor).mish()), [hostArray([6], [-100, -20, 0, 20, 21, 1e4])], 1e-5);
    for (const array of [out, gradient]) expect([...(array as { data: Float32Array }).data].every(Number.isFinite)).toBe(true);
  });
  test("sqrt and log at 0, and the gradient of clip at its bounds", async () => {
    await compareDevices((t) => [(t as Tensor).sqrt(), (t as Tensor).log(), (t as Tensor).reciprocal(), ...[valueAndGrad((v: Tensor) => v.sqrt().sum())(t as Tensor)[1]]], [hostArray([3], [0, 1, 4])]);
    const [gradient] = await compareDevices((t) => [valueAndGrad((v: Tensor) => v.clip(-1, 1).sum())(t as Tensor)[1]], [hostArray([5], [-2, -1, 0, 1, 2])]);
    expect([...(gradient as { data: Float32Array }).data]).toEqual([0, 1, 1, 1, 0]);
  });
  test("infinities and NaN pass through", async () => {
    await compareDevices((t) => [(t as Tensor).add(1), (t as Tensor).mul(2), (t as Tensor).max(), (t as Tensor).greater(0), (t as Tensor).exp()], [hostArray([3], [Infinity, -Infinity, 2])]);
  });
});

describe("coverage", () => {
  test("every primitive that jax-js declares has a rule or is refused", async () => {
    const declared = readFileSync(new URL("../../node_modules/@jax-js/jax/dist/index.d.ts", import.meta.url), "utf8");
    const body = /declare enum Primitive \{([^}]*)\}/.exec(declared)?.[1] ?? "";
    const names = [...body.matchAll(/= "(\w+)"/g)].map((match) => match[1] as string);
    expect(names.length).toBeGreaterThan(40);
    expect(Object.keys(rules).sort()).toEqual(names.sort());
  });
  test("what is refused is refused by name, with advice", async () => {
    await expect(compile((t: Tensor) => tensorOf(jax().numpy.sort(valueOf(t))), [x], { device: "xla" })).rejects.toThrow(/Cannot lower "sort".*host/s);
  });
});
