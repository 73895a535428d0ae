import { describe, expect, test } from "vitest";
import { compile, hostArray, type HostArray, type Tensor, type Tree } from "../engine/index.js";
import { Rng } from "../util/index.js";
import { adam, initAdam, oneMinusPower } from "./adam.js";
import { attention, initAttention, type Attention } from "./attention.js";
import { clipByNorm } from "./clip.js";
import { initDense } from "./dense.js";
import { ema } from "./ema.js";
import { flatten, unflatten } from "./flat.js";
import { layerNorm, type LayerNorm } from "./layer-norm.js";
import { initMlp, mlp, type Mlp } from "./mlp.js";
import { timeEmbedding } from "./time-embedding.js";
import { encoder, initEncoder, type EncoderLayer } from "./transformer.js";

async function evaluate<In, Out extends Tree<Tensor>>(fn: (input: never) => Out, input: In): Promise<unknown> {
  const compiled = await compile(fn as unknown as (input: Tensor) => Tensor, [input as unknown as HostArray], { device: "jax-js" });
  const result = await compiled(input as unknown as HostArray);
  compiled.dispose();
  return result;
}

const numbers = (array: unknown): number[] => [...(array as HostArray).data];
const random = (shape: number[], seed: number): HostArray => hostArray(shape, new Rng(seed).fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))));
/** The largest difference; infinite for different lengths. */
const distance = (actual: number[], expected: number[]): number =>
  actual.length === expected.length ? Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!))) : Infinity;

/** x W + b in plain numbers. */
const linear = (x: number[][], w: HostArray, b: HostArray): number[][] =>
  x.map((row) => Array.from({ length: w.shape[1]! }, (_, o) => row.reduce((sum, value, i) => sum + value * w.data[i * w.shape[1]! + o]!, b.data[o]!)));
const rowsOf = ({ data, shape }: HostArray): number[][] => Array.from({ length: shape[0]! }, (_, r) => Array.from(data.slice(r * shape[1]!, (r + 1) * shape[1]!)));

test("a linear layer starts uniform in ±1/√inputs, weight and bias", () => {
  const { w, b } = initDense(100, 400, { rng: new Rng(0) });
  const all = [...w.data, ...b.data];
  expect(Math.max(...all)).toBeLessThan(0.1);
  expect(Math.min(...all)).toBeGreaterThan(-0.1);
  expect(all.reduce((sum, value) => sum + value * value, 0) / all.length).toBeCloseTo(0.01 / 3, 4);
  expect(Math.max(...b.data)).toBeGreaterThan(0.09);
});

test("a perceptron has Mish between its layers and none at the end", async () => {
  const layers = initMlp([3, 4, 2], { rng: new Rng(1) });
  const x = random([5, 3], 2);
  const mish = (value: number): number => value * Math.tanh(Math.log1p(Math.exp(value)));
  const expected = linear(linear(rowsOf(x), layers[0]!.w, layers[0]!.b).map((row) => row.map(mish)), layers[1]!.w, layers[1]!.b);
  expect(distance(numbers(await evaluate((input: { layers: Mlp; x: Tensor }) => mlp(input.layers, input.x), { layers, x })), expected.flat())).toBeLessThan(1e-5);
});

test("layer normalisation", async () => {
  const norm = { scale: random([6], 1), shift: random([6], 2) };
  const x = random([4, 6], 3);
  const expected = rowsOf(x).flatMap((row) => {
    const mean = row.reduce((a, b) => a + b, 0) / 6;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 6;
    return row.map((value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * norm.scale.data[i]! + norm.shift.data[i]!);
  });
  expect(distance(numbers(await evaluate((input: { norm: LayerNorm; x: Tensor }) => layerNorm(input.norm, input.x), { norm, x })), expected)).toBeLessThan(1e-5);
});

describe("attention", () => {
  test("is softmax(Q Kᵀ/√d) V per head, within each sequence", async () => {
    const [sequences, tokens, width, heads] = [2, 3, 4, 2];
    const parameters = initAttention(width, { rng: new Rng(4) });
    const x = random([sequences * tokens, width], 5);
    const qkv = linear(rowsOf(x), parameters.qkv.w, parameters.qkv.b);
    const mixed = qkv.map((_, row) => {
      const first = row - (row % tokens);
      return Array.from({ length: width }, (_unused, column) => {
        const head = Math.floor(column / 2) * 2;
        const scores = Array.from({ length: tokens }, (_value, t) => [0, 1].reduce((sum, i) => sum + qkv[row]![head + i]! * qkv[first + t]![width + head + i]!, 0) / Math.SQRT2).map(Math.exp);
        const total = scores.reduce((a, b) => a + b, 0);
        return scores.reduce((sum, score, t) => sum + (score / total) * qkv[first + t]![2 * width + column]!, 0);
      });
    });
    const actual = await evaluate((input: { p: Attention; x: Tensor }) => attention(input.p, input.x, { heads, tokens }), { p: parameters, x });
    expect(distance(numbers(actual), linear(mixed, parameters.out.w, parameters.out.b).flat())).toBeLessThan(1e-5);
  });

  test("an encoder does not mix sequences and reads tokens in no order of its own", async () => {
    const layers = initEncoder(8, { layers: 2, rng: new Rng(6) });
    const x = random([6, 8], 7);
    const run = async (input: HostArray): Promise<number[][]> =>
      rowsOf((await evaluate((of: { layers: readonly EncoderLayer[]; x: Tensor }) => encoder(of.layers, of.x, { heads: 2, tokens: 3 }), { layers, x: input })) as HostArray);
    const rows = rowsOf(x);
    const before = await run(x);
    const order = [0, 1, 2, 5, 3, 4];
    const after = await run(hostArray([6, 8], order.flatMap((row) => rows[row]!)));
    expect(distance(after.flat(), order.flatMap((row) => before[row]!))).toBeLessThan(1e-5);
  });
});

test("the time embedding is sin, then cos, of geometric frequencies", () => {
  const { data, shape } = timeEmbedding(5, { width: 16 });
  expect(shape).toEqual([5, 16]);
  expect(distance(Array.from(data.slice(0, 16)), [...Array<number>(8).fill(0), ...Array<number>(8).fill(1)])).toBeLessThan(1e-5);
  expect(data[3 * 16 + 2]).toBeCloseTo(Math.sin(3 * 10_000 ** (-2 / 7)), 6);
  expect(data[3 * 16 + 8 + 7]).toBeCloseTo(Math.cos(3e-4), 6);
});

describe("adam", () => {
  test("follows its equations in double precision for 50 updates", async () => {
    const size = 7;
    let parameters: Tree<HostArray> = { a: random([2, 3], 1), b: random([1], 2) };
    let state = initAdam(parameters);
    const reference = { p: [...random([2, 3], 1).data, ...random([1], 2).data], m: Array<number>(size).fill(0), v: Array<number>(size).fill(0) };
    type Input = { parameters: { a: Tensor; b: Tensor }; state: { mean: Tensor; square: Tensor }; gradient: Tensor; step: Tensor };
    const update = ({ parameters: p, state: s, gradient, step }: Input): Tree<Tensor> => adam({ parameters: p, gradient, state: s }, { learningRate: 0.01, step });
    const example = { parameters, state, gradient: random([size], 3), step: hostArray([], 1) };
    const compiled = await compile(update as unknown as (input: Tensor) => Tensor, [example as unknown as HostArray], { device: "jax-js" });
    for (let t = 1; t <= 50; t++) {
      const gradient = random([size], 10 + t);
      const result = (await compiled({ parameters, state, gradient, step: hostArray([], t) } as unknown as HostArray)) as unknown as { parameters: Tree<HostArray>; state: typeof state };
      ({ parameters, state } = result);
      gradient.data.forEach((g, i) => {
        reference.m[i] = 0.9 * reference.m[i]! + 0.1 * g;
        reference.v[i] = 0.999 * reference.v[i]! + 0.001 * g * g;
        const move = (0.01 * reference.m[i]) / (1 - 0.9 ** t) / (Math.sqrt(reference.v[i] / (1 - 0.999 ** t)) + 1e-8);
        reference.p[i] = reference.p[i]! - move;
      });
    }
    compiled.dispose();
    const { a, b } = parameters as { a: HostArray; b: HostArray };
    expect(distance([...a.data, ...b.data], reference.p)).toBeLessThan(1e-5);
  });

  test("the bias correction is accurate for bases near one", async () => {
    const steps = [1, 2, 10, 249, 250, 1000, 20_000];
    const actual = numbers(await evaluate((x: Tensor) => oneMinusPower(0.999, x), hostArray([steps.length], steps)));
    actual.forEach((value, i) => expect(Math.abs(value / (1 - 0.999 ** steps[i]!) - 1)).toBeLessThan(1e-6));
  });
});

test("clipping scales a gradient down to the limit and leaves a shorter one alone", async () => {
  const clip = async (limit: number): Promise<{ clipped: number[]; norm: number }> => {
    const result = (await evaluate((g: Tensor) => clipByNorm(g, { limit }), hostArray([2], [3, 4]))) as { clipped: HostArray; norm: HostArray };
    return { clipped: numbers(result.clipped), norm: result.norm.data[0]! };
  };
  const [short, long, off] = [await clip(1), await clip(10), await clip(0)];
  expect(distance(short.clipped, [0.6, 0.8])).toBeLessThan(1e-5);
  expect(short.norm).toBeCloseTo(5, 5);
  expect(long.clipped).toEqual([3, 4]);
  expect(off.clipped).toEqual([3, 4]);
});

test("flatten and unflatten are inverse, and ema moves by its rate", async () => {
  const tree = { a: hostArray([2, 2], [1, 2, 3, 4]), b: { c: hostArray([1], [5]) } };
  type T = { a: Tensor; b: { c: Tensor } };
  const result = (await evaluate((x: T) => ({ flat: flatten(x), back: unflatten(flatten(x), { like: x }), moved: ema(x, unflatten(flatten(x).mul(3), { like: x }), { rate: 0.25 }) }), tree)) as { flat: HostArray; back: typeof tree; moved: typeof tree };
  expect(numbers(result.flat)).toEqual([1, 2, 3, 4, 5]);
  expect(result.back.a.shape).toEqual([2, 2]);
  expect(numbers(result.back.b.c)).toEqual([5]);
  expect(numbers(result.moved.a)).toEqual([1.5, 3, 4.5, 6]);
});
