import { describe, expect, test } from "vitest";
import { compile, compileStep, hostArray, treeEntries, treeMap, valueAndGrad, type HostArray, type Tensor } from "../engine/index.js";
import type { Mlp } from "../nn/index.js";
import { Rng } from "../util/index.js";
import { exampleTd3Batches, initTd3, td3Action, td3Config, td3CriticLoss, td3PolicyLoss, td3Target, updateTd3, type Td3Batch, type Td3Config, type Td3Critics, type Td3State } from "./td3.js";

const dims = { observation: 3, action: 2 };
const small = (overrides: Partial<Td3Config> = {}): Td3Config => td3Config.parse({ hidden: 16, batchSize: 8, ...overrides });

function randomBatches(config: Td3Config, { seed, ...sizes }: { seed: number; observation: number; action: number }): Td3Batch<HostArray>[] {
  const rng = new Rng(seed);
  return exampleTd3Batches(config, sizes).map((batch) => {
    const filled = treeMap<HostArray, HostArray, Td3Batch<HostArray>>(({ shape, data }) => hostArray(shape, rng.fillNormal(new Float32Array(data.length))), batch);
    return { ...filled, notDone: hostArray([config.batchSize, 1], Float32Array.from({ length: config.batchSize }, (_, i) => Number(i % 4 !== 3))) };
  });
}

test("both gradients agree with finite differences", async () => {
  const config = small();
  const state = initTd3(config, { dims, rng: new Rng(1) });
  const batch = randomBatches(config, { seed: 2, ...dims })[0]!;
  type Inputs<T> = { actor: Mlp<T>; critic: Td3Critics<T>; state: Td3State<T>; batch: Td3Batch<T> };
  const both = ({ actor, critic, state: fixed, batch: rows }: Inputs<Tensor>) => {
    const target = td3Target(fixed, rows, config);
    const [criticLoss, criticSlope] = valueAndGrad((p: Td3Critics) => td3CriticLoss(p, rows, { target }).loss)(critic);
    const [actorLoss, actorSlope] = valueAndGrad((p: Mlp) => td3PolicyLoss(p, rows, { critic: fixed.critic }))(actor);
    return { critic: criticLoss, actor: actorLoss, slopes: { critic: criticSlope, actor: actorSlope } };
  };
  const at: Inputs<HostArray> = { actor: state.actor, critic: state.critic, state, batch };
  const evaluate = await compile(both, [at], { device: "xla:cpu" });
  const { slopes } = await evaluate(at);
  for (const net of ["critic", "actor"] as const) {
    const gradients = new Map(treeEntries<HostArray>(slopes[net]));
    for (const [path, leaf] of treeEntries<HostArray>(at[net])) {
      const direction = new Rng(3).fork(path).fillNormal(new Float32Array(leaf.data.length)).map((x) => x / Math.sqrt(leaf.data.length));
      const along = async (h: number): Promise<number> => {
        const moved = treeMap<HostArray, HostArray, HostArray>((other) => (other === leaf ? hostArray(leaf.shape, (leaf.data as Float32Array).map((x, i) => x + h * direction[i]!)) : other), at[net]);
        return (await evaluate({ ...at, [net]: moved }))[net].data[0]!;
      };
      const h = 0.01;
      const expected = (8 * ((await along(h)) - (await along(-h))) - ((await along(2 * h)) - (await along(-2 * h)))) / (12 * h);
      const actual = (gradients.get(path)!.data as Float32Array).reduce((sum, slope, i) => sum + slope * direction[i]!, 0);
      expect({ net, path, off: Math.abs(actual - expected) > 1e-3 + 0.03 * Math.abs(expected) ? { actual, expected } : null }).toEqual({ net, path, off: null });
    }
  }
  evaluate.dispose();
});

describe("the target", () => {
  const config = small({ gamma: 0.5, targetNoise: 10, targetNoiseClip: 0.25, batchSize: 1, hiddenLayers: 1, hidden: 1 });
  /** π′ is 0 everywhere; Q′₁(s, a) = relu(a₀ + 1) and Q′₂ = relu(a₀ + 1) + 1. */
  const fixed = initTd3(config, { dims: { observation: 1, action: 1 }, rng: new Rng(0) });
  const set = (layers: Mlp<HostArray>, values: number[][]): Mlp<HostArray> => layers.map((layer, i) => ({ w: hostArray(layer.w.shape, values[2 * i]!), b: hostArray(layer.b.shape, values[2 * i + 1]!) }));
  const state = {
    ...fixed,
    targetActor: set(fixed.actor, [[0], [0], [0], [0]]),
    targetCritic: { first: set(fixed.critic.first, [[0, 1], [1], [1], [0]]), second: set(fixed.critic.second, [[0, 1], [1], [1], [1]]) },
  };
  test.each([
    ["takes the smaller critic, with the noise clipped from above", 1, 1, 3 + 0.5 * 1.25],
    ["clips the noise from below", -1, 1, 3 + 0.5 * 0.75],
    ["ends where the robot fell", 1, 0, 3],
  ])("%s", async (_name, noise, notDone, expected) => {
    const one = (value: number): HostArray => hostArray([1, 1], [value]);
    const inputs = { state, batch: { observation: one(0), action: one(0), reward: one(3), nextObservation: one(9), notDone: one(notDone), noise: one(noise) } };
    const target = await compile(({ state: given, batch }: { state: Td3State; batch: Td3Batch<Tensor> }) => td3Target(given, batch, config), [inputs], { device: "xla:cpu" });
    expect((await target(inputs)).data[0]).toBeCloseTo(expected, 6);
    target.dispose();
  });
});

/** Rounds on random batches; the state and metrics that they end with. */
async function train(config: Td3Config, { rounds, batchesAt }: { rounds: number; batchesAt: (k: number) => Td3Batch<HostArray>[] }): Promise<{ state: Td3State<HostArray>; metrics: Record<string, number>[] }> {
  const sizes = { observation: batchesAt(0)[0]!.observation.shape[1]!, action: batchesAt(0)[0]!.action.shape[1]! };
  const step = await compileStep((state: Td3State, batches: Td3Batch<Tensor>[]) => updateTd3(state, batches, config), { state: initTd3(config, { dims: sizes, rng: new Rng(5) }), batch: exampleTd3Batches(config, sizes) }, { device: "xla:cpu" });
  const metrics: Record<string, number>[] = [];
  for (let k = 0; k < rounds; k++) metrics.push(...(await step.run([batchesAt(k)])));
  const state = await step.readState();
  step.dispose();
  return { state, metrics };
}

test("a bandit whose best action is known is solved, and its value learnt", async () => {
  // r = 1 − (a − s/2)², every step the last: π(s) = s/2, and Q of it is 1.
  const config = td3Config.parse({ hidden: 64, batchSize: 64, tau: 0.02, actorLearningRate: 1e-3, criticLearningRate: 2e-3 });
  const rows = config.batchSize;
  const batchesAt = (k: number): Td3Batch<HostArray>[] =>
    exampleTd3Batches(config, { observation: 1, action: 1 }).map((batch, i) => {
      const rng = new Rng(7).fork(k, i);
      const [s, a] = [rng.fillUniform(new Float32Array(rows), { low: -1, high: 1 }), rng.fillUniform(new Float32Array(rows), { low: -1, high: 1 })];
      return { ...batch, observation: hostArray([rows, 1], s), action: hostArray([rows, 1], a), reward: hostArray([rows, 1], a.map((x, j) => 1 - (x - s[j]! / 2) ** 2)), nextObservation: hostArray([rows, 1], s) };
    });
  const { state, metrics } = await train(config, { rounds: 900, batchesAt });
  const states = hostArray([5, 1], [-0.9, -0.4, 0, 0.4, 0.9]);
  const act = await compile(({ actor, s }: { actor: Mlp; s: Tensor }) => td3Action(actor, s), [{ actor: state.actor, s: states }], { device: "xla:cpu" });
  const actions = await act({ actor: state.actor, s: states });
  act.dispose();
  expect(Math.max(...(actions.data as Float32Array).map((action, i) => Math.abs(action - states.data[i]! / 2)))).toBeLessThan(0.1);
  expect(metrics.at(-1)!["policyLoss"]).toBeCloseTo(-1, 1);
});

test("a round counts itself, moves the targets by τ and everything else, and is deterministic", async () => {
  const config = small({ tau: 0.25 });
  const before = initTd3(config, { dims, rng: new Rng(5) });
  const batchesAt = (k: number): Td3Batch<HostArray>[] => randomBatches(config, { seed: k, ...dims });
  const one = await train(config, { rounds: 1, batchesAt });
  expect(one.state.round.data[0]).toBe(1);
  for (const [target, source] of [["targetActor", "actor"], ["targetCritic", "critic"]] as const) {
    const [old, now, moved] = [before[target], one.state[target], one.state[source]].map((tree) => treeEntries<HostArray>(tree).flatMap(([, { data }]) => [...data]));
    expect(old).not.toEqual(moved);
    expect(Math.max(...old!.map((value, i) => Math.abs(value + 0.25 * (moved![i]! - value) - now![i]!)))).toBeLessThan(1e-6);
  }
  const again = await train(config, { rounds: 3, batchesAt });
  expect(await train(config, { rounds: 3, batchesAt })).toEqual(again);
  expect(Object.keys(again.metrics[0]!)).toEqual(["criticLoss", "meanQ", "policyLoss"]);
});
