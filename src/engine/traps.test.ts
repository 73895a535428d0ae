/** Where arithmetic of finite precision bites: every device must do there what jax-js does. */
import { describe, expect, test } from "vitest";
import { raw, rawOne } from "./checks/raw.js";
import { resultsOn, type Traceable } from "./checks/compare.js";
import { grad } from "./grad.js";
import { hostArray, type HostArray } from "../util/index.js";
import { where, type Tensor } from "./tensor.js";
import { difference, testedDevices } from "./testing.js";

const floats = (...values: number[]): HostArray => hostArray([values.length], values);
const ints = (...values: number[]): HostArray => hostArray([values.length], Int32Array.from(values));
/** Values, after those of all devices have agreed. */
async function agreed(fn: Traceable, ...inputs: HostArray[]): Promise<number[][]> {
  expect(await difference(fn, inputs)).toBe("");
  return (await resultsOn(fn, { inputs, device: "xla:cpu" })).map(({ data }) => [...data]);
}
const gradient = (fn: (x: Tensor) => Tensor) => (x: Tensor): Tensor[] => [fn(x), grad((t: Tensor) => fn(t).sum())(x)];

describe("large numbers", () => {
  test("softmax and its gradient stay finite", async () => {
    const [out] = await agreed((t) => [t.softmax(), grad((u: Tensor) => u.softmax().square().sum())(t)], hostArray([2, 3], [1000, 1001, 999, -1e30, 3e38, 0]));
    expect(out?.every(Number.isFinite)).toBe(true);
    expect(out?.slice(3)).toEqual([0, 1, 0]);
  });
  test("mish, sigmoid, tanh and their gradients", async () => {
    const inputs = floats(-1e4, -100, -20, 0, 20, 21, 100, 1e4);
    for (const fn of [(t: Tensor) => t.mish(), (t: Tensor) => t.sigmoid(), (t: Tensor) => t.gelu()]) {
      for (const values of await agreed(gradient(fn), inputs)) expect(values.every(Number.isFinite)).toBe(true);
    }
    expect((await agreed((t) => [t.tanh()], floats(-40, 40)))[0]).toEqual([-1, 1]);
  });
  test("overflow is infinite", async () => {
    expect((await agreed((t) => [t.exp(), t.mul(1e38), t.square().sum()], floats(100, -100, 200)))[1]).toEqual([Infinity, -Infinity, Infinity]);
  });
});

describe("zero", () => {
  test("sqrt and log at 0, with gradients", async () => {
    expect(await agreed(gradient((t) => t.sqrt()), floats(0, 1, 4))).toEqual([[0, 1, 2], [Infinity, 0.5, 0.25]]);
    const [log, slope] = await agreed(gradient((t) => t.log()), floats(0, 1));
    expect(log).toEqual([-Infinity, 0]);
    expect(slope).toEqual([Infinity, 1]);
  });
  test("roots and logarithms of negative numbers are not numbers", async () => {
    expect((await agreed((t) => [t.sqrt(), t.log()], floats(-1, -4))).flat().every(Number.isNaN)).toBe(true);
  });
  test("division by 0", async () => {
    expect((await agreed((a, b) => [a.div(b), b.reciprocal()], floats(1, -1, 0, 2), floats(0, 0, 0, 4)))[0]).toEqual([Infinity, -Infinity, NaN, 0.5]);
  });
  test("a remainder by 0 is not a number", async () => {
    expect((await agreed((a, b) => [rawOne([a, b], (_, x, y) => x.mod(y))], floats(1, -7.5, 7.5), floats(0, 2, -2)))[0]).toEqual([NaN, -1.5, 1.5]);
  });
});

describe("bounds", () => {
  test("the gradient of clip is 1 at the bounds and 0 beyond", async () => {
    expect((await agreed(gradient((t) => t.clip(-1, 1)), floats(-2, -1, 0, 1, 2)))[1]).toEqual([0, 1, 1, 1, 0]);
  });
  test("those of abs, relu and maximum where sides meet", async () => {
    const [, abs, , relu] = await agreed((t) => [...gradient((u) => u.abs())(t), ...gradient((u) => u.relu())(t), ...gradient((u) => u.maximum(0))(t), grad((u: Tensor) => u.max())(t)], floats(0, 0, -1));
    expect([abs, relu]).toEqual([[1, 1, -1], [0, 0, 0]]);
  });
});

describe("infinities and NaN", () => {
  const odd = floats(NaN, Infinity, -Infinity, 2, 0);
  test("pass through arithmetic", async () => {
    const [sum] = await agreed((t) => [t.add(1), t.mul(2), t.sub(t), t.exp(), t.sin(), t.abs(), t.floor(), t.neg(), t.tanh()], odd);
    expect(sum).toEqual([NaN, Infinity, -Infinity, 3, 1]);
  });
  test("in comparisons and choices", async () => {
    const [less, , equal] = await agreed((t) => [t.less(3), t.greaterEqual(3), t.equal(t), t.notEqual(t), where(t.greater(0), t, 0)], odd);
    expect(less).toEqual([0, 0, 1, 1, 1]);
    expect(equal).toEqual([0, 1, 1, 1, 1]);
  });
  test("in minima, maxima and sums", async () => {
    const [above] = await agreed((t) => [t.maximum(0), t.minimum(0), t.slice(0, [1, 4]).max(), t.slice(0, [1, 4]).min(), t.sum(), t.slice(0, [1, 3]).sum()], odd);
    expect(above).toEqual([NaN, Infinity, 0, 2, 0]);
  });
  test("converted to whole numbers and truth values", async () => {
    const [whole, truth] = await agreed((t) => [t.astype("int32"), t.astype("bool")], floats(NaN, 3e9, -3e9, 1.9, -1.9, 0));
    expect(whole).toEqual([0, 2147483647, -2147483648, 1, -1, 0]);
    expect(truth).toEqual([1, 1, 1, 1, 1, 0]);
  });
});

describe("whole numbers", () => {
  const most = 2147483647;
  test("wrap around", async () => {
    const out = await agreed((t) => [t.add(1), t.mul(3), t.sub(2), t.neg(), t.sum()], ints(most, -most - 1, 7));
    expect(out[0]).toEqual([-most - 1, -most, 8]);
    expect(out[1]).toEqual([most - 2, -most - 1, 21]);
  });
  test("divide towards zero, and the remainder has the sign of the dividend", async () => {
    const [quotient, rest] = await agreed((a, b) => raw([a, b], (_, x, y) => [x.ref.div(y.ref), x.mod(y)]), ints(7, -7, 7, -7), ints(2, 2, -2, -2));
    expect(quotient).toEqual([3, -3, -3, 3]);
    expect(rest).toEqual([1, -1, 1, -1]);
  });
  test("divided by 0 give −1 and the dividend; jax-js stops there", async () => {
    const fn: Traceable = (a, b) => raw([a, b], (_, x, y) => [x.ref.div(y.ref), x.mod(y)]);
    const inputs = [ints(7, -7), ints(0, 2)];
    await expect(resultsOn(fn, { inputs, device: "jax-js" })).rejects.toThrow(/zero/);
    for (const device of testedDevices) expect([device, (await resultsOn(fn, { inputs, device })).map(({ data }) => [...data])]).toEqual([device, [[-1, -3], [7, -1]]]);
  });
  test("shift in zeros, by the last five bits of the count", async () => {
    const [left, right] = await agreed((a, b) => raw([a, b], ({ np }, x, y) => [np.leftShift(x.ref, y.ref), np.rightShift(x, y)]), ints(1, -1, 5, 5, 5), ints(31, 28, 32, 33, -1));
    expect(left).toEqual([-most - 1, -268435456, 5, 10, -most - 1]);
    expect(right).toEqual([0, 15, 5, 2, 0]);
  });
  test("unsigned ones, or a refusal by name", async () => {
    const fn: Traceable = (a) => [rawOne([a], ({ np }, x) => np.astype(np.rightShift(np.astype(x, "uint32" as never), np.array([1], { dtype: "uint32" as never })), "int32" as never))];
    const inputs = [ints(-1, 6)];
    for (const device of ["jax-js", "xla:cpu"] as const) expect([...((await resultsOn(fn, { inputs, device }))[0] as HostArray).data]).toEqual([most, 3]);
    await expect(resultsOn(fn, { inputs, device: "tfjs:js" })).rejects.toThrow("Cannot compute with uint32 on the device tfjs");
  });
});

test("the gradient of windows is 0 where none lies, whatever it is made of", async () => {
  const inputs = [floats(1, 1, 1), floats(0, 0)];
  const slope = (x: Tensor, c: Tensor): Tensor[] => [grad((t: Tensor) => rawOne([t], ({ lax }, a) => lax.reduceWindow(a, (w) => w.sum(), [1], [2])).mul(c.exp()).sum())(x)];
  for (const device of testedDevices) expect([device, ...(await resultsOn(slope, { inputs, device }))[0]?.data ?? []]).toEqual([device, 1, 0, 1]);
  // jax-js 0.1.25 adds the exponential of 0: random programs keep clear of it. Once it is mended, they need not.
  expect([...(await resultsOn(slope, { inputs, device: "jax-js" }))[0]?.data ?? []]).toEqual([1, 1, 1]);
});
