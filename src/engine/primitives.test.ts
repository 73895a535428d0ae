import { describe, expect, test } from "vitest";
import { raw } from "./checks/raw.js";
import { valueAndGrad } from "./grad.js";
import { hostArray } from "../util/index.js";
import { concat, constant, oneHot, repeat, stack, take } from "./ops.js";
import { split, where, type Tensor } from "./tensor.js";
import { difference, normal } from "./testing.js";

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
  test("a plain operand beside a repeated one, joined and multiplied", async () => {
    const join = (state: Tensor, prompt: Tensor, w: Tensor): Tensor => concat([state, prompt.expandDims(1).broadcastTo([4, 4, 3]).reshape([16, 3])], 1).matmul(w);
    const inputs = [normal([16, 2], 1), normal([4, 3], 2), normal([5, 6], 3)];
    expect(await difference(withGradient(join), inputs)).toBe("");
    expect(await difference(withGradient((state, prompt, w) => join(state.reshape([4, 4, 2]).add(1).reshape([16, 2]), prompt, w)), inputs)).toBe("");
    expect(await difference(withGradient((state, prompt, w) => concat([state, repeat(prompt, 4, 0)], 1).matmul(w)), inputs)).toBe("");
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
  test("flip and pad together", async () => {
    expect(await difference((t) => raw([t], ({ np }, a) => [np.flip(np.pad(a.ref, [[1, 2], [0, 0]]), 0), np.pad(a.slice([0, 1]), [[2, 0], [1, 1]])]), [x])).toBe("");
  });
  test("products over an axis, also a repeated one", async () => {
    expect(await difference((t) => raw([t], ({ np }, a) => [np.prod(a.ref, 0), np.prod(np.broadcastTo(a.reshape([3, 1, 4]), [3, 5, 4]), 1)]), [x])).toBe("");
  });
});
