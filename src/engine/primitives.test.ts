import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile } from "./compile.js";
import { valueAndGrad } from "./grad.js";
import { hostArray } from "./host-array.js";
import { jax, type Value } from "./jax-js.js";
import { rules } from "./lower/index.js";
import { inlined, refused } from "./trace.js";
import { concat, constant, oneHot, repeat, stack, take } from "./ops.js";
import { split, tensorOf, valueOf, where, type Tensor } from "./tensor.js";
import { difference, normal, onBoth } from "./testing.js";

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
  test.each(Object.entries(unary))("%s", async (_, fn) => expect(await difference(withGradient(fn), [x])).toBe(""));
  // jax-js's own exp and log are good to about 2e-5.
  const positives: Record<string, (t: Tensor) => Tensor> = { log: (t) => t.log(), sqrt: (t) => t.sqrt(), reciprocal: (t) => t.reciprocal(), pow: (t) => t.pow(1.7) };
  test.each(Object.entries(positives))("%s", async (_, fn) => expect(await difference(withGradient(fn), [positive], 1e-4)).toBe(""));
  test.each(["floor", "ceil"] as const)("%s", async (name) => expect(await difference((t) => [t[name]()], [x])).toBe(""));

  const binary = ["add", "sub", "mul", "div", "minimum", "maximum"] as const;
  test.each(binary)("%s with broadcasting", async (name) => {
    expect(await difference(withGradient((a, b) => a[name](b)), [x, y])).toBe("");
    expect(await difference(withGradient((a, b) => a[name](b)), [x, row])).toBe("");
    expect(await difference(withGradient((a, b) => a[name](b)), [column, row])).toBe("");
    expect(await difference(withGradient((a) => a[name](0.5)), [x])).toBe("");
  });
  test.each(["greater", "greaterEqual", "less", "lessEqual", "equal", "notEqual"] as const)("%s", async (name) => {
    expect(await difference((a, b) => [a[name](b), a[name](0), a[name](a)], [x, row])).toBe("");
  });
  test("where, and, or, not, astype", async () => {
    expect(await difference((a, b) => {
      const [p, q] = [a.greater(0), b.less(0.3)];
      return [where(p, a, b), p.and(q), p.or(q), p.not(), p.astype("float32"), a.mul(3).astype("int32"), a.astype("bool"), p.astype("int32").add(2)];
    }, [x, row])).toBe("");
    expect(await difference(withGradient((a, b) => where(a.greater(0), a, b)), [x, row])).toBe("");
  });
  test("int32 arithmetic", async () => {
    const i = hostArray([2, 3], Int32Array.from([1, -2, 3, 40, -50, 7]));
    expect(await difference((a) => [a.add(a), a.mul(3), a.neg(), a.maximum(2), a.sum(0), a.greater(0), a.astype("float32").mul(0.5)], [i])).toBe("");
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
  test.each(Object.entries(cases))("%s", async (_, fn) => expect(await difference(withGradient(fn), [z])).toBe(""));
  test("gather and its transpose, scatter", async () => {
    const indices = hostArray([2, 3], Int32Array.from([2, 0, 2, 1, 0, 2]));
    expect(await difference((table, i) => {
      const [loss, gradient] = valueAndGrad((t: Tensor) => take(t, i, 0).square().sum())(table);
      return [take(table, i, 1), loss, gradient, oneHot(i, 4)];
    }, [normal([3, 3, 2], 6), indices])).toBe("");
  });
  test("constants of many elements", async () => {
    expect(await difference((t) => [t.mul(constant(normal([3, 4], 9))), t.add(constant(hostArray([4], [1, 1, 1, 1])))], [x])).toBe("");
  });
});

describe("contractions", () => {
  const matmul = withGradient((a, b) => a.matmul(b));
  test.each([
    ["plain", [3, 4], [4, 5]], ["batched", [2, 3, 4], [2, 4, 5]], ["shared right", [2, 3, 4], [4, 5]], ["shared left", [3, 4], [2, 4, 5]], ["two batch axes", [2, 3, 4, 5], [2, 3, 5, 2]],
    ["one row", [1, 4], [4, 5]], ["one column", [3, 4], [4, 1]], ["inner axis 1", [3, 1], [1, 5]], ["vectors", [1, 4], [4, 1]], ["matrix and vector", [3, 4], [4]], ["empty inner axis", [3, 0], [0, 2]], ["empty rows", [0, 3], [3, 2]],
  ] as const)("matmul, %s", async (_, a, b) => expect(await difference(matmul, [normal(a, 1), normal(b, 2)])).toBe(""));
  test.each(["sum", "mean", "max", "min"] as const)("%s", async (name) => {
    for (const axes of [undefined, 0, -1, [0, 2]] as const) {
      expect(await difference(withGradient((t) => t[name](axes)), [normal([2, 3, 4], 7)])).toBe("");
      expect(await difference(withGradient((t) => t[name](axes, { keepDims: true }).mul(t)), [normal([2, 3, 4], 7)])).toBe("");
    }
  });
  test("reductions over repeated axes", async () => {
    expect(await difference(withGradient((t) => {
      const wide = t.expandDims(1).broadcastTo([3, 5, 4]);
      return wide.sum(1).add(wide.mean([1, 2], { keepDims: true }).squeeze(1)).add(wide.max(1));
    }), [x])).toBe("");
  });
  test("contraction with a repeated operand sums the other first", async () => {
    expect(await difference(withGradient((t, w) => t.matmul(w).mean(1).square()), [normal([2, 3, 4], 8), normal([4, 5], 9)])).toBe("");
    expect(await difference((t, w) => [t.matmul(w.sum(0, { keepDims: true }).broadcastTo([4, 5]))], [x, normal([4, 5], 9)])).toBe("");
  });
  test("attention, forward and backward", async () => {
    const attend = (q: Tensor, k: Tensor, v: Tensor): Tensor => {
      const heads = (t: Tensor): Tensor => t.reshape([2, 5, 2, 3]).transpose([0, 2, 1, 3]);
      const scores = heads(q).matmul(heads(k).transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(3)).softmax();
      return scores.matmul(heads(v)).transpose([0, 2, 1, 3]).reshape([2, 5, 6]);
    };
    expect(await difference(withGradient(attend), [1, 2, 3].map((seed) => normal([2, 5, 6], seed)))).toBe("");
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
    const [quotient] = await onBoth(raw((_, __, a, b) => [a.ref.div(b.ref), a.mod(b)]), [ints, divisors]);
    expect([...(quotient as { data: Int32Array }).data]).toEqual([2, -3, 0, -1, 10, -1]);
  });
  test("mod of floats", async () => expect(await difference(raw((_, __, a) => [a.mod(0.7)]), [x])).toBe(""));
  test("bit operations", async () => {
    expect(await difference(raw((np, _, a, b) => [np.bitwiseAnd(a.ref, b.ref), np.bitwiseOr(a.ref, b.ref), np.bitwiseXor(a.ref, b), np.leftShift(a.ref, np.array(2, { dtype: np.int32 })), np.rightShift(a.ref, np.array(1, { dtype: np.int32 })), np.bitwiseCount(a)]), [ints, divisors])).toBe("");
  });
  test("asin, atan, erfc", async () => expect(await difference(raw((np, lax, a) => [np.arcsin(a.ref), np.arctan(a.ref), lax.erfc(a)]), [unit])).toBe(""));
  test("flip and pad", async () => expect(await difference(raw((np, _, a) => [np.flip(a.ref, 0), np.flip(a.ref, [0, 1]), np.pad(a.ref, [[1, 2], [0, 0]]), np.pad(a.slice([0, 1]), [[2, 0], [1, 1]])]), [x])).toBe(""));
  test("bitcast", async () => expect(await difference(raw((_, lax, a) => [lax.bitcastConvertType(a, "int32" as never)]), [x])).toBe(""));
  test("products over an axis", async () => expect(await difference(raw((np, _, a) => [np.prod(a.ref, 0), np.prod(np.broadcastTo(a.reshape([3, 1, 4]), [3, 5, 4]), 1)]), [x])).toBe(""));
  test("bool reductions", async () => expect(await difference(raw((_, __, a) => [a.ref.greater(0).all(0), a.greater(0).any(1)]), [x])).toBe(""));
});

describe("finite where it should be", () => {
  test("softmax of large inputs", async () => {
    const [out] = await onBoth((t) => [t.softmax()], [hostArray([2, 3], [1000, 1001, 999, -1e30, 3e38, 0])]);
    expect([...(out as { data: Float32Array }).data].every(Number.isFinite)).toBe(true);
  });
  test("mish and its gradient at large inputs", async () => {
    const [out, , gradient] = await onBoth(withGradient((t) => t.mish()), [hostArray([6], [-100, -20, 0, 20, 21, 1e4])], 1e-5);
    for (const array of [out, gradient]) expect([...(array as { data: Float32Array }).data].every(Number.isFinite)).toBe(true);
  });
  test("sqrt and log at 0, and the gradient of clip at its bounds", async () => {
    expect(await difference((t) => [t.sqrt(), t.log(), t.reciprocal(), valueAndGrad((v: Tensor) => v.sqrt().sum())(t)[1]], [hostArray([3], [0, 1, 4])])).toBe("");
    const [gradient] = await onBoth((t) => [valueAndGrad((v: Tensor) => v.clip(-1, 1).sum())(t)[1]], [hostArray([5], [-2, -1, 0, 1, 2])]);
    expect([...(gradient as { data: Float32Array }).data]).toEqual([0, 1, 1, 1, 0]);
  });
  test("infinities and NaN pass through", async () => {
    expect(await difference((t) => [t.add(1), t.mul(2), t.max(), t.greater(0), t.exp()], [hostArray([3], [Infinity, -Infinity, 2])])).toBe("");
  });
});

describe("coverage", () => {
  test("every primitive that jax-js declares has a rule or is refused", async () => {
    const declared = readFileSync(new URL("../../node_modules/@jax-js/jax/dist/index.d.ts", import.meta.url), "utf8");
    const body = /declare enum Primitive \{([^}]*)\}/.exec(declared)?.[1] ?? "";
    const names = [...body.matchAll(/= "(\w+)"/g)].map((match) => match[1] as string);
    expect(names.length).toBeGreaterThan(40);
    expect([...Object.keys(rules), ...Object.keys(refused), ...Object.keys(inlined)].sort()).toEqual(names.sort());
  });
  test("what is refused is refused by name, with advice", async () => {
    await expect(compile((t: Tensor) => tensorOf(jax().numpy.sort(valueOf(t))), [x], { device: "xla" })).rejects.toThrow(/Cannot lower "sort".*host/s);
  });
});
