import { concat, type HostArray, type Tensor } from "../engine/index.js";
import { dense, encoder, initDense, initEncoder, initMlp, mlp, normalArray, type Dense, type EncoderLayer, type Mlp } from "../nn/index.js";
import type { Rng } from "../util/index.js";
import type { LlmdpdConfig, LlmdpdDims } from "./config.js";

/** Reads trajectory prompts: Linear([s, a, r]) + position → transformer → mean over the steps → Linear. */
export type TrajectoryEncoder<T = Tensor> = {
  readonly token: Dense<T>;
  /** (K, width), learnt. */
  readonly position: T;
  readonly layers: readonly EncoderLayer<T>[];
  readonly out: Dense<T>;
};

/** The encoders of both prompts; a variant without a prompt has no such branch. */
export type PromptEncoder<T = Tensor> = {
  readonly text?: Mlp<T>;
  readonly trajectory?: TrajectoryEncoder<T>;
};

/** Width of z = [e_text, e_traj], 0 without prompts. */
export function contextWidth(config: LlmdpdConfig): number {
  return (config.useText ? config.textWidth : 0) + (config.useTrajectory ? config.trajectoryWidth : 0);
}

/** Initial parameters of the encoders that the configuration uses. */
export function initPromptEncoder(config: LlmdpdConfig, { dims, rng }: { dims: LlmdpdDims; rng: Rng }): PromptEncoder<HostArray> {
  return {
    ...(config.useText ? { text: initMlp([dims.text, config.textHidden, config.textWidth], { rng: rng.fork("text") }) } : {}),
    ...(config.useTrajectory ? { trajectory: initTrajectoryEncoder(config, { dims, rng: rng.fork("trajectory") }) } : {}),
  };
}

function initTrajectoryEncoder(config: LlmdpdConfig, { dims, rng }: { dims: LlmdpdDims; rng: Rng }): TrajectoryEncoder<HostArray> {
  const { width, layers } = config.transformer;
  return {
    token: initDense(dims.observation + dims.action + 1, width, { rng }),
    position: normalArray([config.promptSteps, width], { deviation: 0.02, rng }),
    layers: initEncoder(width, { layers, rng }),
    out: initDense(width, config.trajectoryWidth, { rng }),
  };
}

/** e_text = MLP(LLM(x)): raw vectors (M, E) → (M, textWidth). */
export function encodeText(layers: Mlp, text: Tensor): Tensor {
  return mlp(layers, text);
}

/** e_traj: prompts (M, K, S + A + 1) → (M, trajectoryWidth). */
export function encodeTrajectory(parameters: TrajectoryEncoder, prompt: Tensor, { heads }: { heads: number }): Tensor {
  const [prompts, tokens, inputs] = prompt.shape as [number, number, number];
  const rows = dense(parameters.token, prompt.reshape([prompts * tokens, inputs]));
  const width = rows.shape[1] as number;
  const placed = rows.reshape([prompts, tokens, width]).add(parameters.position).reshape([prompts * tokens, width]);
  const read = encoder(parameters.layers, placed, { heads, tokens });
  return dense(parameters.out, read.reshape([prompts, tokens, width]).mean(1));
}

/** z = [e_text, e_traj] (M, C) of the prompts that the parameters can read; undefined without prompts. */
export function encodePrompts(
  parameters: PromptEncoder,
  { text, prompt }: { text?: Tensor | undefined; prompt?: Tensor | undefined },
  { heads }: { heads: number },
): Tensor | undefined {
  const parts: Tensor[] = [];
  if (parameters.text !== undefined) parts.push(encodeText(parameters.text, required(text, "text")));
  if (parameters.trajectory !== undefined) parts.push(encodeTrajectory(parameters.trajectory, required(prompt, "prompt"), { heads }));
  return parts.length > 1 ? concat(parts, 1) : parts[0];
}

function required(value: Tensor | undefined, name: string): Tensor {
  if (value === undefined) throw new TypeError(`Cannot encode "${name}": the policy reads it, but the batch does not carry it`);
  return value;
}
