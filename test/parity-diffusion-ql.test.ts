/** Updates of Diffusion-QL, ours without prompts, against PyTorch's (test/golden/diffusion-ql/make.py): every tensor and metric. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createLlmdpd, emaRateAt, llmdpdConfig, type Llmdpd, type LlmdpdBatch, type LlmdpdState } from "../src/algorithms/index.js";
import { compareStates } from "../src/benchmarks/agreement.js";
import { compileStep, hostArray, treeEntries, treeLeaves, treeMap, type Device, type HostArray, type Tree } from "../src/engine/index.js";
import { readSafetensors, tensorToFloat32 } from "../src/formats/index.js";

const { tensors } = readSafetensors(readFileSync(new URL("golden/diffusion-ql/updates.safetensors", import.meta.url)), { name: "updates.safetensors" });

/** Largest relative norm of a difference: of a tensor or metric, and of how far the updates have moved a tensor. */
const tolerance = 1e-5;
/** Relative size of what float32 cannot hold, twice: theirs and ours are rounded. */
const grain = 2 ** -23;
const cases = ["late", "first"];

/** A tensor of the file, or a whole number of it as float32. */
function recorded(path: string): HostArray {
  const tensor = tensors.get(path);
  if (tensor === undefined) throw new Error(`the recording has no tensor "${path}"`);
  return hostArray(tensor.shape, tensor.dtype === "I32" ? Float32Array.from(tensor.data as Int32Array) : tensorToFloat32(tensor));
}

const scalar = (path: string): number => recorded(path).data[0] as number;
const entries = (tree: Tree<HostArray>): Map<string, HostArray> => new Map(treeEntries(tree));

/** PyTorch's (outputs, inputs) as our (inputs, outputs). */
function transposed({ shape, data }: HostArray): HostArray {
  const [outputs, inputs] = shape as [number, number];
  return hostArray([inputs, outputs], Float32Array.from(data, (_, i) => data[(i % outputs) * inputs + Math.floor(i / outputs)] as number));
}

const dense = (path: string): { w: HostArray; b: HostArray } => ({ w: transposed(recorded(`${path}.weight`)), b: recorded(`${path}.bias`) });

/** Rows of a first weight for each of the joined inputs, in their order. */
function divided<const Name extends string>({ shape: [, width = 0], data }: HostArray, parts: readonly (readonly [Name, number])[]): Record<Name, HostArray> {
  let row = 0;
  const pieces = parts.map(([name, rows]) => [name, hostArray([rows, width], data.slice(row * width, (row += rows) * width) as Float32Array)] as const);
  expect(row * width).toBe(data.length);
  return Object.fromEntries(pieces) as Record<Name, HostArray>;
}

function denoiser(path: string): LlmdpdState<HostArray>["actor"] {
  const { w, b } = dense(`${path}/net.0`);
  const input = { ...divided(w, [["action", 3], ["time", 16], ["observation", 11]]), b };
  return { time: [dense(`${path}/time.0`), dense(`${path}/time.2`)], net: { input, hidden: [dense(`${path}/net.2`), dense(`${path}/net.4`)], out: dense(`${path}/net.6`) } };
}

function twins(path: string): LlmdpdState<HostArray>["critic"] {
  const critic = (name: string): LlmdpdState<HostArray>["critic"]["first"] => {
    const { w, b } = dense(`${path}/${name}.0`);
    return { input: { ...divided(w, [["observation", 11], ["action", 3]]), b }, hidden: [dense(`${path}/${name}.2`), dense(`${path}/${name}.4`)], out: dense(`${path}/${name}.6`) };
  };
  return { first: critic("first"), second: critic("second") };
}

/** A state whose moments of Adam are trees like the parameters: we keep them as one vector, leaf after leaf. */
type WholeState = Omit<LlmdpdState<HostArray>, "optim"> & Readonly<Record<`${"actor" | "critic"}${"Mean" | "Square"}`, Tree<HostArray>>>;

/** The state after `k` updates. */
function stateAt(name: string, k: number): WholeState {
  const at = `${name}/state/${k}`;
  return {
    actor: denoiser(`${at}/actor`),
    ema: denoiser(`${at}/ema`),
    critic: twins(`${at}/critic`),
    targetCritic: twins(`${at}/target`),
    actorMean: denoiser(`${at}/actorMean`),
    actorSquare: denoiser(`${at}/actorSquare`),
    criticMean: twins(`${at}/criticMean`),
    criticSquare: twins(`${at}/criticSquare`),
    step: hostArray([], Int32Array.of(scalar(`${at}/step`))),
  };
}

function joined({ actorMean, actorSquare, criticMean, criticSquare, step, ...rest }: WholeState): LlmdpdState<HostArray> {
  const vector = (tree: Tree<HostArray>): HostArray => {
    const numbers = treeLeaves<HostArray>(tree).flatMap(({ data }) => [...data]);
    return hostArray([numbers.length], Float32Array.from(numbers));
  };
  return { ...rest, optim: { actor: { mean: vector(actorMean), square: vector(actorSquare) }, critic: { mean: vector(criticMean), square: vector(criticSquare) } }, step };
}

function taken({ optim: { actor, critic }, ...rest }: LlmdpdState<HostArray>): WholeState {
  const tree = ({ data }: HostArray, like: Tree<HostArray>): Tree<HostArray> => {
    let at = 0;
    return treeMap(({ shape, data: { length } }: HostArray) => hostArray(shape, data.slice(at, (at += length)) as Float32Array), like);
  };
  return {
    ...rest,
    actorMean: tree(actor.mean, rest.actor),
    actorSquare: tree(actor.square, rest.actor),
    criticMean: tree(critic.mean, rest.critic),
    criticSquare: tree(critic.square, rest.critic),
  };
}

function batchAt(name: string, { k, config }: { k: number; config: Llmdpd["config"] }): LlmdpdBatch<HostArray> {
  const at = (field: string): HostArray => recorded(`${name}/batch/${k}/${field}`);
  const number = (value: number): HostArray => hostArray([], Float32Array.of(value));
  const [done, timestep] = [at("done"), at("timestep")];
  return {
    observation: at("observation"),
    action: at("action"),
    reward: at("reward"),
    nextObservation: at("nextObservation"),
    notDone: hostArray(done.shape, Float32Array.from(done.data, (value) => 1 - value)),
    noise: at("noise"),
    timestep: hostArray(timestep.shape, Int32Array.from(timestep.data)),
    actorNoise: at("actorNoise"),
    targetNoise: at("targetNoise"),
    qSwap: number((at("maximised").data[0] as number) - 1),
    emaRate: number(emaRateAt(scalar(`${name}/state/${k}/step`), config)),
    learningRateScale: number(1),
  };
}

/** The method at the size of the recording: everything else is our default. */
function diffusionQl(name: string, overrides: Partial<Llmdpd["config"]> = {}): Llmdpd {
  const [hidden = 0, rows = 0] = [tensors.get(`${name}/state/0/critic/first.0.bias`)?.shape[0], tensors.get(`${name}/batch/0/done`)?.shape[0]];
  const clip = scalar(`${name}/clip`);
  const config = llmdpdConfig.parse({ useText: false, useTrajectory: false, hidden, tasksPerBatch: 1, samplesPerTask: rows, actorGradientClip: clip, criticGradientClip: clip, ...overrides });
  return createLlmdpd({ config, dims: { observation: 11, action: 3, text: 0 } });
}

const updates = (name: string): number => [...tensors.keys()].filter((path) => path.startsWith(`${name}/metrics/`) && path.endsWith("/criticLoss")).length;

interface Errors {
  readonly path: string;
  /** Relative norm of the difference. */
  readonly value: number;
  /** Norm of the difference, less the grain of float32, relative to how far the updates have moved the tensor. */
  readonly move: number;
}

/** Tensor by tensor, how far our state is from theirs. Moves are small beside weights: a wrong gradient shows in them first. */
function stateErrors(theirs: WholeState, { ours, start }: { ours: WholeState; start: WholeState }): readonly Errors[] {
  const [expected, before] = [entries(theirs), entries(start)];
  return compareStates(expected, entries(ours)).map(({ path, error, absolute }) => {
    const { data } = expected.get(path) as HostArray;
    const from = before.get(path) as HostArray;
    const [size, moved] = [Math.hypot(...data), Math.hypot(...[...data].map((number, i) => number - (from.data[i] as number)))];
    const difference = absolute ? error : error * size;
    return { path, value: error, move: moved === 0 ? difference : Math.max(0, difference - grain * size) / moved };
  });
}

/** Errors of states and metrics after every update of a case. */
async function errorsOf(method: Llmdpd, { device, name }: { device: Device; name: string }): Promise<readonly Errors[]> {
  const start = stateAt(name, 0);
  const step = await compileStep(method.update, { state: joined(start), batch: method.exampleBatch() }, { device });
  const found: Errors[] = [];
  for (let k = 0; k < updates(name); k++) {
    const [metrics = {}] = await step.run(batchAt(name, { k, config: method.config }));
    const errors = [
      ...stateErrors(stateAt(name, k + 1), { ours: taken(await step.readState()), start }),
      ...Object.entries(metrics).map(([path, value]) => ({ path, value: Math.abs(value / scalar(`${name}/metrics/${k}/${path}`) - 1), move: 0 })),
    ];
    found.push(...errors.map((error) => ({ ...error, path: `update ${k}: ${error.path}` })));
  }
  step.dispose();
  return found;
}

/** What does not agree. */
const beyond = (errors: readonly Errors[]): readonly Errors[] => errors.filter(({ value, move }) => !(Math.max(value, move) <= tolerance));

describe("updates without prompts", () => {
  it.each(["jax-js", "xla:cpu"] as const)("are Diffusion-QL's on %s", async (device) => {
    for (const name of cases) {
      const errors = await errorsOf(diffusionQl(name), { device, name });
      expect(updates(name)).toBe(2);
      expect(beyond(errors)).toEqual([]);
    }
  });

  it.each([
    ["late", { gamma: 0.989 }, "criticLoss"],
    ["late", { tau: 0.0051 }, "targetCritic"],
    ["late", { emaFrom: 1001 }, "ema"],
    ["late", { actorGradientClip: 5.01 }, "actorMean"],
    ["late", { criticGradientClip: 5.01 }, "criticMean"],
    ["first", { eta: 0.999 }, "actorMean"],
    ["first", { betaMax: 10.01 }, "diffusionLoss"],
    ["first", { criticLearningRate: 3.01e-4 }, "critic"],
  ] as const)("are told apart from it in the case %j with %j", async (name, overrides, part) => {
    const errors = await errorsOf(diffusionQl(name, overrides), { device: "jax-js", name });
    expect(beyond(errors).map(({ path }) => path.replace(/^update \d: |\/.*/g, ""))).toContain(part);
  });
});
