import type { Policy } from "../algorithms/index.js";
import { concat, constant, hostArray, printOnnx, traceGraph, treeMap, type HostArray, type Tensor } from "../engine/index.js";
import { UserError, writeFileAtomic } from "../util/index.js";
import { baselines } from "./collect.js";
import { readRunConfig } from "./run-config.js";
import { normaliseRows, type Normaliser } from "./normaliser.js";
import { policyCard, type PolicyCard, type PolicyValue } from "./policy-card.js";
import { readRecord } from "./run-store.js";
import { readTrained, type Trained } from "./trained.js";

/** Raw inputs of an exported policy, one row each; a policy that reads no text or no trajectory lacks that input. */
type PolicyInputs<T> = { readonly observation: T; readonly text?: T; readonly prompt?: T; readonly noise: T };

/** The number of rows that the policy is traced for. A prime that divides no other size: its multiples become the free batch axis. */
const tracedRows = 997;

/** Actions (batch, A) of a trained policy from what a user has: its moving average, with all normalisation inside. */
function policyOf({ method, state, normaliser, text: fitted }: Trained): (inputs: PolicyInputs<Tensor>) => Tensor {
  return ({ observation, text, prompt, noise }) => {
    const policy = treeMap<HostArray, Tensor, Policy>(constant, state.ema);
    const row = (values: readonly number[]): Tensor => constant(hostArray([values.length], values));
    const prompts = {
      ...(text === undefined || fitted === undefined ? {} : { text: text.sub(row(fitted.scaling.mean)).mul(fitted.scaling.scale) }),
      ...(prompt === undefined ? {} : { prompt: normalisedPrompt(prompt, { normaliser, action: method.dims.action }) }),
    };
    const z = method.contextWidth > 0 ? { z: method.encode(policy, prompts) } : {};
    return method.act({ policy }, { observation: normaliseRows(observation, normaliser), ...z, noise: noise.transpose([1, 0, 2]) });
  };
}

/** (batch, K, S + A + 1): states and rewards normalised, actions as they are. */
function normalisedPrompt(prompt: Tensor, { normaliser, action }: { normaliser: Normaliser; action: number }): Tensor {
  const width = prompt.shape[2] as number;
  const states = normaliseRows(prompt.slice(2, [0, width - action - 1]), normaliser);
  return concat([states, prompt.slice(2, [width - action - 1, width - 1]), prompt.slice(2, [width - 1, width]).div(normaliser.rewardScale)], 2);
}

function valuesOf({ method, text }: Trained): PolicyValue[] {
  const { config, dims } = method;
  return [
    { name: "observation", shape: [dims.observation], about: "the simulator's observation as it is: positions in metres" },
    ...(text === undefined ? [] : [{ name: "text", shape: [text.dim], about: "the text encoder's vector of the task's description, as it is" }]),
    ...(config.useTrajectory ? [{ name: "prompt", shape: [config.promptSteps, dims.observation + dims.action + 1], about: "one example episode, steps spread evenly from first to last: observation, action, reward, each as the simulator gives them" }] : []),
    { name: "noise", shape: [config.denoisingSteps, dims.action], about: "standard normal numbers: the start of the reverse diffusion, then the noise of its steps" },
  ];
}

/**
 * Writes a run's policy as one ONNX file that needs nothing else, and its model card beside it (`<name>.md`): the last
 * checkpoint, the moving average of the policy, one action drawn per row. Batches may have any size.
 *
 * @param path the run's folder
 * @param out the file to write
 * @throws UserError if there is no such run, it has no checkpoint or another's, or the files cannot be written
 * @example await exportPolicy("data/runs/quick/full-seed0", "policy.onnx")
 */
export async function exportPolicy(path: string, out: string): Promise<PolicyCard & { readonly card: string }> {
  const config = readRunConfig(path);
  if (baselines.some((name) => name === config.variant)) throw new UserError(`Cannot export "${path}": a trained run is required, got the ${config.variant} baseline.`);
  if (!out.endsWith(".onnx")) throw new UserError(`Cannot export to "${out}": a file name that ends in .onnx is required.`);
  const trained = await readTrained(path, { config, verb: "export" });
  const inputs = valuesOf(trained);
  const examples = Object.fromEntries(inputs.map(({ name, shape }) => [name, zeroRows(shape)])) as PolicyInputs<HostArray>;
  const graph = await traceGraph((values) => policyOf(trained)(values), [examples]);
  const commit = readRecord(path)?.commit ?? "unknown";
  const facts: PolicyCard = {
    config,
    commit,
    step: trained.step,
    parameters: trained.parameterCount.policy,
    inputs,
    output: { name: "action", shape: [trained.method.dims.action], about: "in [−1, 1]: three of the hand's velocity, one of the gripper's closing" },
  };
  const metadata = { run: `${config.study}/${config.variant}-seed${config.seed}`, step: String(trained.step), commit, licence: "MIT" };
  const { model } = printOnnx(graph, { inputs: inputs.map(({ name }) => name), outputs: [facts.output.name], free: { name: "batch", size: tracedRows }, metadata });
  await writeFileAtomic(out, model);
  const card = out.replace(/\.onnx$/, ".md");
  await writeFileAtomic(card, policyCard(facts, { file: out }));
  return { ...facts, card };
}

function zeroRows(shape: readonly number[]): HostArray {
  const full = [tracedRows, ...shape];
  return hostArray(full, new Float32Array(full.reduce((product, size) => product * size, 1)));
}
