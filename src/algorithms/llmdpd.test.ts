import { describe, expect, test } from "vitest";
import { compile, compileStep, treeEntries, treePaths, type HostArray } from "../engine/index.js";
import { Rng } from "../util/index.js";
import { createBatchSampler } from "./batch-sampler.js";
import type { LlmdpdConfig } from "./config.js";
import { createLlmdpd } from "./create.js";
import type { LlmdpdState } from "./llmdpd.js";
import { randomBatch, randomStore, smallConfig, smallDims as dims } from "./test-data.js";

/** The states before and after `updates` updates, and the metrics. */
async function train(config: LlmdpdConfig, { updates = 1, seed = 0 }: { updates?: number; seed?: number } = {}): Promise<{ before: LlmdpdState<HostArray>; after: LlmdpdState<HostArray>; metrics: Record<string, number>[] }> {
  const method = createLlmdpd({ config, dims });
  const before = method.initState(new Rng(seed));
  const sampler = createBatchSampler({ config, dims, store: randomStore(config, { dims }), rng: new Rng(seed), totalSteps: updates });
  const step = await compileStep(method.update, { state: before, batch: method.exampleBatch() }, { device: "jax-js" });
  const metrics: Record<string, number>[] = [];
  for (let k = 0; k < updates; k++) metrics.push(...(await step.run(sampler.sample(k))));
  const after = await step.readState();
  step.dispose();
  return { before, after, metrics };
}

const entries = (tree: LlmdpdState<HostArray> | LlmdpdState<HostArray>["actor"] | LlmdpdState<HostArray>["critic"]): Map<string, Float32Array> =>
  new Map(treeEntries<HostArray>(tree).map(([path, { data }]) => [path, data as Float32Array]));

describe("an update", () => {
  test("changes every parameter, counts itself and reports finite metrics", async () => {
    const { before, after, metrics } = await train(smallConfig());
    const [old, now] = [entries(before), entries(after)];
    const still = [...old].filter(([path, data]) => !/Norm|(^step)/.test(path) && data.every((value, i) => value === now.get(path)![i])).map(([path]) => path);
    expect(still).toEqual([]);
    expect(after.step.data[0]).toBe(1);
    expect(Object.keys(metrics[0]!)).toEqual(["criticLoss", "diffusionLoss", "qLoss", "meanQ", "actorGradientNorm", "criticGradientNorm"]);
    expect(Object.values(metrics[0]!).every(Number.isFinite)).toBe(true);
  });

  test("moves averages by their rates", async () => {
    const { before, after } = await train(smallConfig({ emaRate: 0.25, tau: 0.125 }));
    for (const [average, source, rate] of [["ema", "actor", 0.25], ["targetCritic", "critic", 0.125]] as const) {
      const [old, now, target] = [entries(before[average]), entries(after[average]), entries(after[source])];
      const worst = Math.max(...[...old].flatMap(([path, data]) => [...data].map((value, i) => Math.abs(value + rate * (target.get(path)![i]! - value) - now.get(path)![i]!))));
      expect(worst).toBeLessThan(1e-6);
    }
    const held = await train(smallConfig({ emaFrom: 5 }));
    expect(held.after.ema).toEqual(held.before.ema);
  });

  test("is Adam with the configured step size: the first update moves by at most that, and nearly by that", async () => {
    const { before, after } = await train(smallConfig({ actorLearningRate: 1e-2, actorGradientClip: 0 }));
    const now = entries(after.actor);
    const moves = [...entries(before.actor)].filter(([path]) => path.startsWith("net")).flatMap(([path, data]) => [...data].map((value, i) => Math.abs(now.get(path)![i]! - value)));
    expect(Math.max(...moves)).toBeLessThan(1.001e-2);
    expect(moves.reduce((a, b) => a + b, 0) / moves.length).toBeGreaterThan(0.9e-2);
  });

  test("is deterministic", async () => {
    const [one, two, other] = [await train(smallConfig(), { updates: 3 }), await train(smallConfig(), { updates: 3 }), await train(smallConfig(), { updates: 3, seed: 1 })];
    expect(two).toEqual(one);
    expect(other.metrics).not.toEqual(one.metrics);
  });
});

test("a variant without a prompt has no branch for it", () => {
  const paths = (overrides: Partial<LlmdpdConfig>): string => {
    const method = createLlmdpd({ config: smallConfig(overrides), dims });
    return [...treePaths(method.initState(new Rng(0))), ...treePaths(method.exampleBatch())].join(" ");
  };
  expect(paths({})).toMatch(/actor\/text.*ema\/trajectory.*critic\/first\/input\/context.* text prompt /);
  expect(paths({ useText: false })).not.toMatch(/text\//);
  expect(paths({ useTrajectory: false })).not.toMatch(/trajectory|prompt/);
  expect(paths({ useText: false, useTrajectory: false })).not.toMatch(/text|trajectory|prompt/);
  expect(paths({ conditionCritic: false })).not.toMatch(/critic\/\w+\/input\/context/i);
  expect(createLlmdpd({ config: smallConfig({ useText: false }), dims }).contextWidth).toBe(6);
});

test("parameters are counted as Diffusion-QL's are, plus encoders and context", () => {
  const config = smallConfig({ hidden: 256, useText: false, useTrajectory: false });
  expect(createLlmdpd({ config, dims: { observation: 11, action: 3, text: 0 } }).parameterCount).toEqual({ policy: 141_363, critic: 271_362 });
  expect(createLlmdpd({ config, dims: { observation: 39, action: 4, text: 0 } }).parameterCount).toEqual({ policy: 149_044, critic: 286_210 });
});

test("the divided first layers are the undivided perceptron", async () => {
  const config = smallConfig({ useText: false });
  const method = createLlmdpd({ config, dims });
  const { actor } = method.initState(new Rng(3));
  const inputs = { ...method.exampleActing({ rows: 1 }), observation: { ...randomBatch(config, { dims }).observation, shape: [1, 5] } };
  const observation = (inputs.observation.data as Float32Array).slice(0, 5);
  const z = new Rng(4).fillNormal(new Float32Array(6));
  const xT = Float32Array.of(0.3, -1.2);
  const noise = { ...inputs.noise, data: Float32Array.from(inputs.noise.data, (_, i) => xT[i] ?? 0) };
  const at = { ...inputs, observation: { ...inputs.observation, data: observation }, z: { ...inputs.z!, data: z }, noise };
  const path = await compile(({ policy, rest }: { policy: Parameters<typeof method.actionPath>[0]; rest: Parameters<typeof method.actionPath>[1] }) => method.actionPath(policy, rest), [{ policy: actor, rest: at }], { device: "jax-js" });
  const states = (await path({ policy: actor, rest: at })).map(({ data }) => data as Float32Array);
  path.dispose();

  const mish = (x: number): number => x * Math.tanh(Math.log1p(Math.exp(x)));
  const matrix = ({ data, shape }: HostArray, x: readonly number[]): number[] => Array.from({ length: shape[1]! }, (_, o) => x.reduce((sum, value, i) => sum + value * data[i * shape[1]! + o]!, 0));
  const plus = (x: number[], { data }: HostArray): number[] => x.map((value, i) => value + data[i]!);
  const k = 4;
  const frequencies = Array.from({ length: 8 }, (_, i) => k * Math.exp((-i * Math.log(1e4)) / 7));
  const [expand, contract] = actor.time;
  const time = plus(matrix(contract!.w, plus(matrix(expand!.w, [...frequencies.map(Math.sin), ...frequencies.map(Math.cos)]), expand!.b).map(mish)), contract!.b);
  const { input, hidden, out } = actor.net;
  const whole = { ...input.action, shape: [2 + 16 + 5 + 6, 16], data: Float32Array.of(...input.action.data, ...input.time.data, ...input.observation.data, ...input.context!.data) };
  let h = plus(matrix(whole, [...xT, ...time, ...observation, ...z]), input.b).map(mish);
  for (const layer of hidden) h = plus(matrix(layer.w, h), layer.b).map(mish);
  const epsilon = plus(matrix(out.w, h), out.b);
  // The last of five noise levels: ᾱ, coefficients of x₀ and x_t from the reference values.
  const expected = epsilon.map((e, i) => {
    const x0 = Math.max(-1, Math.min(1, (xT[i]! - Math.sqrt(1 - 0.00640933) * e) / Math.sqrt(0.00640933)));
    return 0.16565367 * x0 + 0.39290134 * xT[i]!;
  });
  expect(states).toHaveLength(6);
  expect([...states[0]!]).toEqual([...xT]);
  expected.forEach((value, i) => expect(states[1]![i]).toBeCloseTo(value, 4));
});
