import { hostArray, treeLeaves, type HostArray, type Tensor } from "../engine/index.js";
import { Rng, UserError } from "../util/index.js";
import { act, actionPath, type ActingInputs, type ActingParameters } from "./acting.js";
import type { LlmdpdBatch } from "./batch.js";
import type { LlmdpdConfig, LlmdpdDims } from "./config.js";
import { initState, lossContext, updateLlmdpd, type LlmdpdMetrics, type LlmdpdState, type Policy } from "./llmdpd.js";
import { contextWidth, encodePrompts } from "./prompt-encoder.js";

/** Raw prompts, one row each: `text` (M, E), `prompt` (M, K, S + A + 1). */
export type Prompts<T> = { readonly text?: T; readonly prompt?: T };

/** LLMDPD for one configuration and one kind of data; its functions are traced by `compile` and `compileStep`. */
export interface Llmdpd {
  readonly config: LlmdpdConfig;
  readonly dims: LlmdpdDims;
  /** Width of z, 0 without prompts. */
  readonly contextWidth: number;
  /** Parameters of the policy (encoders and denoiser) and of both critics. */
  readonly parameterCount: { readonly policy: number; readonly critic: number };
  readonly initState: (rng: Rng) => LlmdpdState<HostArray>;
  /** One update; give it to `compileStep`. */
  readonly update: (state: LlmdpdState, batch: LlmdpdBatch<Tensor>) => { state: LlmdpdState; metrics: LlmdpdMetrics };
  /** z (M, C) of raw prompts. @throws TypeError without prompts to encode */
  readonly encode: (policy: Policy, prompts: Prompts<Tensor>) => Tensor;
  /** Actions (B, A), see `ActingInputs`. */
  readonly act: (parameters: ActingParameters, inputs: ActingInputs) => Tensor;
  /** The reverse diffusion, (T + 1, B, A) as a list. */
  readonly actionPath: (policy: Policy, inputs: Omit<ActingInputs, "gumbel">) => Tensor[];
  /** A batch of zeros of the right shapes, for `compileStep`. */
  readonly exampleBatch: () => LlmdpdBatch<HostArray>;
  /** Zeros of the right shapes for `act`: `rows` environments, `candidates` actions each. */
  readonly exampleActing: (size: { rows: number; candidates?: number }) => ActingInputs<HostArray>;
  /** Zeros of the right shapes for `encode`. */
  readonly examplePrompts: (count: number) => Prompts<HostArray>;
}

/**
 * Binds LLMDPD to a configuration and to the widths of the data.
 *
 * @throws UserError if a width is missing
 * @example
 * const method = createLlmdpd({ config: llmdpdConfig.parse({}), dims: { observation: 39, action: 4, text: 576 } });
 * const step = await compileStep(method.update, { state: method.initState(new Rng(0)), batch: method.exampleBatch() });
 */
export function createLlmdpd({ config, dims }: { config: LlmdpdConfig; dims: LlmdpdDims }): Llmdpd {
  for (const name of ["observation", "action", ...(config.useText ? (["text"] as const) : [])] as const) {
    if (!Number.isInteger(dims[name]) || dims[name] < 1) {
      throw new UserError(`Cannot create LLMDPD: the width of "${name}" must be a whole number above 0, got ${dims[name]}`);
    }
  }
  const context = lossContext(config);
  const heads = { heads: config.transformer.heads };
  const width = contextWidth(config);
  const shapes = promptShapes(config, { dims });
  return {
    config,
    dims,
    contextWidth: width,
    parameterCount: countParameters(config, { dims }),
    initState: (rng) => initState(config, { dims, rng }),
    update: (state, batch) => updateLlmdpd(state, batch, context),
    encode: (policy, prompts) => {
      const z = encodePrompts(policy, prompts, heads);
      if (z === undefined) throw new TypeError("Cannot encode prompts: this variant reads none");
      return z;
    },
    act: (parameters, inputs) => act(parameters, inputs, context),
    actionPath: (policy, inputs) => actionPath(policy, inputs, context),
    exampleBatch: () => exampleBatch(config, { dims }),
    exampleActing: ({ rows, candidates = 1 }) => ({
      observation: zeroArray([rows, dims.observation]),
      ...(width > 0 ? { z: zeroArray([rows, width]) } : {}),
      noise: zeroArray([config.denoisingSteps, candidates * rows, dims.action]),
      ...(candidates > 1 ? { gumbel: zeroArray([candidates, rows]) } : {}),
    }),
    examplePrompts: shapes,
  };
}

/** The parameters that acting needs, taken out of a state: moving average and target critics. */
export function actingParameters<T>(state: Pick<LlmdpdState<T>, "ema" | "targetCritic">): { policy: Policy<T>; critic: LlmdpdState<T>["targetCritic"] } {
  return { policy: state.ema, critic: state.targetCritic };
}

/** A batch of zeros of the shapes that batch.ts documents. */
export function exampleBatch(config: LlmdpdConfig, { dims }: { dims: LlmdpdDims }): LlmdpdBatch<HostArray> {
  const rows = config.tasksPerBatch * config.samplesPerTask;
  const chain = [config.denoisingSteps, rows, dims.action];
  return {
    observation: zeroArray([rows, dims.observation]),
    action: zeroArray([rows, dims.action]),
    ...(dims.mixedActions === true ? { actionMask: zeroArray([config.tasksPerBatch, dims.action]) } : {}),
    reward: zeroArray([rows, 1]),
    nextObservation: zeroArray([rows, dims.observation]),
    notDone: zeroArray([rows, 1]),
    ...promptShapes(config, { dims })(config.tasksPerBatch),
    noise: zeroArray([rows, dims.action]),
    timestep: hostArray([rows], new Int32Array(rows)),
    ...(readsActorNoise(config) ? { actorNoise: zeroArray(chain) } : {}),
    targetNoise: zeroArray(chain),
    qSwap: zeroArray([]),
    emaRate: zeroArray([]),
    learningRateScale: zeroArray([]),
  };
}

/** Whether the policy loss runs a chain of its own. */
export function readsActorNoise(config: LlmdpdConfig): boolean {
  return config.eta > 0 && config.policyGradient === "full-chain";
}

function promptShapes(config: LlmdpdConfig, { dims }: { dims: LlmdpdDims }): (count: number) => Prompts<HostArray> {
  return (count) => ({
    ...(config.useText ? { text: zeroArray([count, dims.text]) } : {}),
    ...(config.useTrajectory ? { prompt: zeroArray([count, config.promptSteps, dims.observation + dims.action + 1]) } : {}),
  });
}

function countParameters(config: LlmdpdConfig, { dims }: { dims: LlmdpdDims }): Llmdpd["parameterCount"] {
  const { actor, critic } = initState(config, { dims, rng: new Rng(0) });
  const count = (leaves: readonly HostArray[]): number => leaves.reduce((sum, leaf) => sum + leaf.data.length, 0);
  return { policy: count(treeLeaves<HostArray>(actor)), critic: count(treeLeaves<HostArray>(critic)) };
}

function zeroArray(shape: readonly number[]): HostArray {
  return hostArray(shape, new Float32Array(shape.reduce((product, size) => product * size, 1)));
}
