import { describe, expect, test } from "vitest";
import { compile, treeEntries, treeLeaves, treeMap, valueAndGrad, type HostArray, type Tensor, type Tree } from "../engine/index.js";
import { Rng } from "../util/index.js";
import type { LlmdpdBatch } from "./batch.js";
import type { LlmdpdConfig } from "./config.js";
import { bellmanTarget, criticLoss, initState, lossContext, policyLoss, type LlmdpdState } from "./llmdpd.js";
import { encodePrompts } from "./prompt-encoder.js";
import { randomBatch, smallConfig, smallDims as dims } from "./test-data.js";

type Inputs = { state: LlmdpdState; batch: LlmdpdBatch<Tensor> };
type Hosted = Tree<HostArray>;
type Hosts = { state: LlmdpdState<HostArray>; batch: LlmdpdBatch<HostArray> };

type Values = { critic: Tensor; policy: Tensor };
type Gradients = Values & { criticGradient: LlmdpdState["critic"]; policyGradient: LlmdpdState["actor"] };

/** Both losses as functions of their networks' parameters. */
function lossesOf(config: LlmdpdConfig, { state, batch }: Inputs): { critic: (p: LlmdpdState["critic"]) => Tensor; policy: (p: LlmdpdState["actor"]) => Tensor } {
  const context = lossContext(config);
  const z = encodePrompts(state.ema, batch, { heads: config.transformer.heads });
  const target = bellmanTarget(state, batch, { ...context, z });
  return {
    critic: (parameters) => criticLoss(parameters, batch, { z, target }).loss,
    policy: (parameters) => policyLoss(parameters, batch, { ...context, critic: state.critic, z }).loss,
  };
}

const values = (config: LlmdpdConfig) => (given: Inputs): Values => {
  const { critic, policy } = lossesOf(config, given);
  return { critic: critic(given.state.critic), policy: policy(given.state.actor) };
};

const gradients = (config: LlmdpdConfig) => (given: Inputs): Gradients => {
  const { critic, policy } = lossesOf(config, given);
  const [criticValue, criticGradient] = valueAndGrad(critic)(given.state.critic);
  const [policyValue, policyGradient] = valueAndGrad(policy)(given.state.actor);
  return { critic: criticValue, policy: policyValue, criticGradient, policyGradient };
};

/** Inputs in which the critic that sets the scale of L_q does not see the action, so that its stopped gradient is zero anyway. */
function inputs(config: LlmdpdConfig, { seed = 1 }: { seed?: number } = {}): Hosts {
  const state = initState(config, { dims, rng: new Rng(seed) });
  const { first, second } = state.critic;
  const scaled = (leaf: HostArray, factor: number): HostArray => ({ ...leaf, data: (leaf.data as Float32Array).map((value) => factor * value) });
  const critic = {
    first: { ...first, input: { ...first.input, action: scaled(first.input.action, 4) } },
    second: { ...second, input: { ...second.input, action: scaled(second.input.action, 0) }, out: { ...second.out, b: { ...second.out.b, data: Float32Array.of(-0.7) } } },
  };
  const batch = randomBatch(config, { dims, seed });
  return { state: { ...state, critic, targetCritic: critic }, batch: { ...batch, qSwap: { ...batch.qSwap, data: Float32Array.of(0) } } };
}

const variants = {
  full: {},
  "no text": { useText: false },
  "no trajectory": { useTrajectory: false },
  "no prompts": { useText: false, useTrajectory: false },
  "critics without prompts": { conditionCritic: false },
  "one-step": { policyGradient: "one-step" },
  "behaviour cloning": { eta: 0 },
} as const satisfies Record<string, Partial<LlmdpdConfig>>;

describe("gradients agree with central differences", () => {
  test.each(Object.keys(variants) as (keyof typeof variants)[])("%s", async (name) => {
    const config = smallConfig(variants[name]);
    const at = inputs(config);
    const withGradients = await compile(gradients(config), [at], { device: "jax-js" });
    const evaluate = await compile(values(config), [at], { device: "jax-js" });
    const { criticGradient, policyGradient } = await withGradients(at);
    const rng = new Rng(2);

    for (const [net, loss, gradient] of [["critic", "critic", criticGradient], ["actor", "policy", policyGradient]] as const) {
      const entries = treeEntries<HostArray>(at.state[net]);
      const slopes = new Map(treeEntries<HostArray>(gradient));
      // Leaf by leaf for the full method, elsewhere one direction for each part of the network.
      const parts = new Set(entries.map(([path]) => (name === "full" ? path : path.split("/")[0]!)));
      for (const part of parts) {
        const moving = entries.filter(([path]) => path === part || path.startsWith(`${part}/`));
        const size = Math.sqrt(moving.reduce((sum, [, leaf]) => sum + leaf.data.length, 0));
        const directions = new Map(moving.map(([path, leaf]) => [leaf, { path, d: rng.fillNormal(new Float32Array(leaf.data.length)).map((x) => x / size) }]));
        const value = async (h: number): Promise<number> => {
          const move = (leaf: HostArray): HostArray => {
            const along = directions.get(leaf)?.d;
            return along === undefined ? leaf : { ...leaf, data: (leaf.data as Float32Array).map((x, i) => x + h * along[i]!) };
          };
          const state = { ...at.state, [net]: treeMap<HostArray>(move, at.state[net]) } as Hosts["state"];
          return (await evaluate({ ...at, state }))[loss].data[0]!;
        };
        const h = 0.01;
        const [a, b, c, d] = [await value(-2 * h), await value(-h), await value(h), await value(2 * h)];
        const expected = (8 * (c - b) - (d - a)) / (12 * h);
        const actual = [...directions.values()].reduce((sum, { path, d: along }) => sum + (slopes.get(path)!.data as Float32Array).reduce((dot, x, i) => dot + x * along[i]!, 0), 0);
        const tolerance = 3e-4 + 0.02 * Math.abs(expected);
        expect({ part, off: Math.abs(actual - expected) > tolerance ? { actual, expected } : null }).toEqual({ part, off: null });
      }
    }
    evaluate.dispose();
    withGradients.dispose();
  });
});

test("the order of the groups does not matter", async () => {
  const config = smallConfig();
  const at = inputs(config);
  const evaluate = await compile(gradients(config), [at], { device: "jax-js" });
  const order = [2, 0, 1];
  const grouped = new Set(["timestep"]);
  const permute = (name: string, array: HostArray): HostArray => {
    const groups = name === "text" || name === "prompt" ? 1 : config.samplesPerTask;
    const chain = name === "actorNoise" || name === "targetNoise";
    if (array.shape.length === 0 || (array.shape.length === 1 && !grouped.has(name))) return array;
    const rows = array.shape[chain ? 1 : 0]!;
    const slabs = chain ? array.shape[0]! : 1;
    const width = array.data.length / rows / slabs;
    const data = array.data.slice();
    for (let slab = 0; slab < slabs; slab++) {
      order.forEach((from, to) => {
        const block = groups * width;
        const base = slab * rows * width;
        data.set(array.data.slice(base + from * block, base + (from + 1) * block), base + to * block);
      });
    }
    return { ...array, data };
  };
  const batch = Object.fromEntries(Object.entries(at.batch).map(([name, array]) => [name, permute(name, array)])) as Hosts["batch"];
  const [one, two] = [await evaluate(at), await evaluate({ ...at, batch })];
  expect(batch.observation.data).not.toEqual(at.batch.observation.data);
  expect(relativeErrors(one, two).filter((error) => error > 1)).toEqual([]);
  evaluate.dispose();
});

test("grouping is a saving and nothing else: repeated prompts give the same losses and gradients", async () => {
  const config = smallConfig();
  const at = inputs(config);
  const each = smallConfig({ tasksPerBatch: config.tasksPerBatch * config.samplesPerTask, samplesPerTask: 1 });
  const repeat = (array: HostArray): HostArray => {
    const width = array.data.length / config.tasksPerBatch;
    const rows = Array.from({ length: config.tasksPerBatch }, (_, m) => Array.from({ length: config.samplesPerTask }, () => Array.from(array.data.slice(m * width, (m + 1) * width)))).flat(2);
    return { ...array, shape: [12, ...array.shape.slice(1)], data: Float32Array.from(rows) };
  };
  const ungrouped = { ...at, batch: { ...at.batch, text: repeat(at.batch.text!), prompt: repeat(at.batch.prompt!) } };
  const [grouped, single] = [await compile(gradients(config), [at], { device: "jax-js" }), await compile(gradients(each), [ungrouped], { device: "jax-js" })];
  const [one, two] = [await grouped(at), await single(ungrouped)];
  expect(relativeErrors(one, two).filter((error) => error > 1)).toEqual([]);
  grouped.dispose();
  single.dispose();
});

describe("a task with fewer actions than its batch", () => {
  const config = smallConfig({ useTrajectory: false });
  const rng = new Rng(9);
  const normal = (): number => rng.normal();
  const zero = (): number => 0;
  /** One more number at the end of every row of the last axis. */
  const longer = ({ dtype, shape, data }: HostArray, { fill }: { fill: () => number }): HostArray => {
    const width = shape.at(-1)!;
    const rows = Array.from({ length: data.length / width }, (_, row) => [...data.slice(row * width, (row + 1) * width), fill()]);
    return { dtype, shape: [...shape.slice(0, -1), width + 1], data: Float32Array.from(rows.flat()) };
  };
  /** One more row of weights. */
  const taller = ({ dtype, shape, data }: HostArray, { fill }: { fill: () => number }): HostArray => {
    const [rows, width] = shape as [number, number];
    return { dtype, shape: [rows + 1, width], data: Float32Array.from([...data, ...Array.from({ length: width }, fill)]) };
  };
  /** The same networks and batch for three actions of which a task has two: what the third is fed with and says is noise. */
  const padded = ({ state, batch }: Hosts): Hosts => {
    const policy = ({ net, ...rest }: Hosts["state"]["actor"]): Hosts["state"]["actor"] => ({
      ...rest,
      net: { ...net, input: { ...net.input, action: taller(net.input.action, { fill: zero }) }, out: { w: longer(net.out.w, { fill: normal }), b: longer(net.out.b, { fill: normal }) } },
    });
    const critic = ({ input, ...rest }: Hosts["state"]["critic"]["first"]): Hosts["state"]["critic"]["first"] => ({ ...rest, input: { ...input, action: taller(input.action, { fill: normal }) } });
    const critics = { first: critic(state.critic.first), second: critic(state.critic.second) };
    const noisy = { noise: longer(batch.noise, { fill: normal }), actorNoise: longer(batch.actorNoise!, { fill: normal }), targetNoise: longer(batch.targetNoise, { fill: normal }) };
    const mask: HostArray = { dtype: "float32", shape: [config.tasksPerBatch, 3], data: Float32Array.from({ length: 3 * config.tasksPerBatch }, (_, i) => (i % 3 < 2 ? 1 : 0)) };
    return { state: { ...state, actor: policy(state.actor), ema: policy(state.ema), critic: critics, targetCritic: critics }, batch: { ...batch, ...noisy, action: longer(batch.action, { fill: zero }), actionMask: mask } };
  };
  const lossesAt = async (at: Hosts): Promise<{ critic: number; policy: number; out: HostArray }> => {
    const compiled = await compile(gradients(config), [at], { device: "jax-js" });
    const { critic, policy, policyGradient } = await compiled(at);
    compiled.dispose();
    return { critic: critic.data[0]!, policy: policy.data[0]!, out: policyGradient.net.out.b };
  };

  test("has the losses of a batch of its own width, and no gradient through padding", async () => {
    const own = inputs(config);
    const wide = padded(own);
    const [expected, actual] = [await lossesAt(own), await lossesAt(wide)];
    expect(actual.critic).toBeCloseTo(expected.critic, 5);
    expect(actual.policy).toBeCloseTo(expected.policy, 5);
    expect(relativeErrors({ out: expected.out }, { out: { ...actual.out, data: actual.out.data.slice(0, 2) } })[0]).toBeLessThan(1);
    expect(actual.out.data[2]).toBe(0);
  });

  test("has others if nobody says which numbers are padding", async () => {
    const { actionMask: _, ...unmasked } = padded(inputs(config)).batch;
    const wide = { ...padded(inputs(config)), batch: unmasked };
    const [expected, actual] = [await lossesAt(inputs(config)), await lossesAt(wide)];
    expect(Math.abs(actual.critic - expected.critic)).toBeGreaterThan(1e-3);
    expect(Math.abs(actual.policy - expected.policy)).toBeGreaterThan(1e-3);
    expect(actual.out.data[2]).not.toBe(0);
  });
});

/** Distance of each leaf from its counterpart, in units of the tolerance. */
function relativeErrors(expected: Hosted, actual: Hosted): number[] {
  const others = treeLeaves<HostArray>(actual);
  return treeLeaves<HostArray>(expected).map(({ data }, leaf) => {
    const error = Math.hypot(...(others[leaf]!.data as Float32Array).map((value, i) => value - data[i]!));
    return error / (1e-5 * Math.hypot(...data) + 1e-6);
  });
}
