import { describe, expect, test } from "vitest";
import { compile, compileStep, type Step } from "./compile.js";
import { valueAndGrad } from "./grad.js";
import { hostArray, treeLeaves, treeMap, type HostArray } from "../util/index.js";
import type { Tensor } from "./tensor.js";
import { normal } from "./testing.js";

type Net<T> = { readonly w: T; readonly b: T };
type State<T> = { readonly net: Net<T>; readonly mean: Net<T>; readonly step: T };
type Batch<T> = { readonly x: T; readonly y: T };

const state: State<HostArray> = { net: { w: normal([3, 2], 1), b: normal([2], 2) }, mean: { w: normal([3, 2], 1), b: normal([2], 2) }, step: hostArray([], new Int32Array(1)) };
const batchOf = (seed: number): Batch<HostArray> => ({ x: normal([8, 3], seed), y: normal([8, 2], seed + 100) });

function update({ net, mean, step }: State<Tensor>, { x, y }: Batch<Tensor>): { state: State<Tensor>; metrics: { loss: Tensor; step: Tensor } } {
  const [loss, gradient] = valueAndGrad((p: Net<Tensor>) => x.matmul(p.w).add(p.b).tanh().sub(y).square().mean())(net);
  const next = treeMap<Tensor, Tensor, Net<Tensor>>((p, g) => p.sub(g.mul(0.1)), net, gradient);
  const followed = treeMap<Tensor, Tensor, Net<Tensor>>((m, p) => m.mul(0.9).add(p.mul(0.1)), mean, next);
  return { state: { net: next, mean: followed, step: step.add(1) }, metrics: { loss, step: step.astype("float32") } };
}
const compiled = async (device: "xla" | "onnx" | "jax-js", initial = state): Promise<Step<State<HostArray>, Batch<HostArray>>> => compileStep(update, { state: initial, batch: batchOf(0) }, { device });
const bits = (tree: State<HostArray>): string => treeLeaves<HostArray>(tree).map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex")).join(" ");

describe.each(["xla", "onnx", "jax-js"] as const)("a step on %s", (device) => {
  test("resumes bit for bit from a state that was read out", async () => {
    const whole = await compiled(device);
    for (let i = 0; i < 6; i++) await whole.run(batchOf(i));
    const first = await compiled(device);
    await first.run([batchOf(0), batchOf(1), batchOf(2)]);
    const saved = structuredClone(await first.readState());
    first.dispose();
    const second = await compiled(device);
    await second.run(batchOf(77));
    await second.writeState(saved);
    const metrics = await second.run([batchOf(3), batchOf(4), batchOf(5)]);
    expect(bits(await second.readState())).toBe(bits(await whole.readState()));
    expect(metrics.map(({ step }) => step)).toEqual([3, 4, 5]);
    whole.dispose();
    second.dispose();
  });

  test("leaves the arrays that it was given alone, and starts from the example state", async () => {
    const before = bits(state);
    const step = await compiled(device);
    expect(bits(await step.readState())).toBe(before);
    const batch = batchOf(3);
    await step.run(batch);
    const after = await step.readState();
    expect(bits(state)).toBe(before);
    expect([...batch.x.data]).toEqual([...batchOf(3).x.data]);
    expect(bits(after)).not.toBe(before);
    // A batch may be reused by its owner as soon as run returns; a second read gives the same.
    expect(bits(await step.readState())).toBe(bits(after));
    step.dispose();
  });

  test("serves calls in order without being awaited", async () => {
    const step = await compiled(device);
    const [a, , c] = await Promise.all([step.run(batchOf(0)), step.run(batchOf(1)), step.readState()]);
    expect(a[0]?.["step"]).toBe(0);
    expect([...c.step.data]).toEqual([2]);
    step.dispose();
  });

  test("says what is wrong with a batch or a state, and keeps its state", async () => {
    const step = await compiled(device);
    const before = bits(await step.readState());
    await expect(step.run({ ...batchOf(0), x: normal([8, 4]) })).rejects.toThrow('Cannot use "x": required float32 (8, 3), got float32 (8, 4)');
    await expect(step.run({ ...batchOf(0), x: hostArray([8, 3], new Int32Array(24)) })).rejects.toThrow("required float32 (8, 3), got int32 (8, 3)");
    await expect(step.run({ x: batchOf(0).x } as Batch<HostArray>)).rejects.toThrow('Cannot use batch: "y" is missing, got x');
    await expect(step.run({ ...batchOf(0), x: { shape: [8, 3], dtype: "float32", data: new Float32Array(3) } })).rejects.toThrow("required 24 elements in a Float32Array, got 3");
    await expect(step.writeState({ ...state, step: hostArray([1], new Int32Array(1)) })).rejects.toThrow('Cannot use "step": required int32 (), got int32 (1)');
    expect(bits(await step.readState())).toBe(before);
    step.dispose();
    await expect(step.run(batchOf(0))).rejects.toThrow("after dispose");
  });
});

test("both devices go the same way", async () => {
  const [a, b] = [await compiled("xla"), await compiled("jax-js")];
  for (let i = 0; i < 5; i++) await Promise.all([a.run(batchOf(i)), b.run(batchOf(i))]);
  const [x, y] = [await a.readState(), await b.readState()].map((tree) => treeLeaves<HostArray>(tree));
  x?.forEach(({ data }, i) => data.forEach((value, at) => expect(value).toBeCloseTo(y?.[i]?.data[at] as number, 5)));
  a.dispose();
  b.dispose();
});

describe("an update that cannot be compiled", () => {
  const build = async (fn: (s: State<Tensor>, b: Batch<Tensor>) => unknown): Promise<unknown> => compileStep(fn as typeof update, { state, batch: batchOf(0) }, { device: "xla" });
  test("a state of another shape, structure or dtype", async () => {
    await expect(build((s) => ({ state: { ...s, net: { ...s.net, b: s.net.b.expandDims(0) } }, metrics: {} }))).rejects.toThrow('Cannot update state "net/b": required float32 (2), got float32 (1, 2)');
    await expect(build((s) => ({ state: { net: s.net, step: s.step }, metrics: {} }))).rejects.toThrow('"mean/w" is missing');
    await expect(build((s) => ({ state: { ...s, step: s.step.astype("float32") }, metrics: {} }))).rejects.toThrow('"step": required int32 (), got float32 ()');
  });
  test("a metric that is not a scalar, a loss that is not one, shapes that do not fit", async () => {
    await expect(build((s) => ({ state: s, metrics: { w: s.net.w } }))).rejects.toThrow('Cannot return metric "w": required a scalar, got shape (3, 2)');
    await expect(build((s) => ({ state: s, metrics: valueAndGrad((p: Net<Tensor>) => p.w)(s.net) as never }))).rejects.toThrow("Cannot differentiate a loss of float32 (3, 2)");
    await expect(build((s, { x }) => ({ state: s, metrics: { m: x.matmul(s.net.b.expandDims(0)).sum() } }))).rejects.toThrow("Cannot multiply matrices (8, 3) and (1, 2)");
    await expect(build((s, { x }) => ({ state: s, metrics: { m: x.add(s.net.b).sum() } }))).rejects.toThrow("Cannot add (8, 3) and (2)");
  });
  test("an unknown device, with the nearest", async () => {
    await expect(compile((x: Tensor) => x, [state.step], { device: "xa" as never })).rejects.toThrow('Did you mean "xla"?');
  });
});

test("a state of one array, no metrics, results that are inputs or constants", async () => {
  const step = await compileStep((s: Tensor, b: Tensor) => ({ state: s.add(b), metrics: {} }), { state: normal([2]), batch: normal([2]) }, { device: "xla" });
  expect(await step.run([normal([2]), normal([2])])).toEqual([{}, {}]);
  step.dispose();
  const same = await compile((x: Tensor, y: Tensor) => ({ x, twice: x, one: y.mul(0).add(1), wide: y.broadcastTo([2, 2]) }), [normal([3]), hostArray([], 2)], { device: "xla" });
  const out = await same(normal([3]), hostArray([], 2));
  expect([...out.twice.data]).toEqual([...out.x.data]);
  expect([...out.one.data, ...out.wide.data]).toEqual([1, 2, 2, 2, 2]);
  same.dispose();
});
