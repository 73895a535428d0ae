import type { Tensor } from "../engine/index.js";
import { ownActions } from "./conditioning.js";
import { chainConstants, reverseChain } from "./denoiser.js";
import type { LossContext, Policy } from "./llmdpd.js";
import { criticValues, type TwinCritic } from "./twin-critic.js";

/** The parameters that acting needs: the policy's moving average and the target critics. */
export type ActingParameters<T = Tensor> = {
  readonly policy: Policy<T>;
  /** Left out when acting with a single candidate. */
  readonly critic?: TwinCritic<T>;
};

/** Inputs of acting, one row per environment. */
export type ActingInputs<T = Tensor> = {
  /** (B, S) normalised observations. */
  readonly observation: T;
  /** (B, C) the context of each row, from `encode`; absent without prompts. */
  readonly z?: T;
  /** (T, N·B, A) standard normal noise; candidate n of row b is row n·B + b. N follows from the shape. */
  readonly noise: T;
  /** (N, B) standard Gumbel noise, −ln(−ln u), that draws the candidate; absent when N = 1. */
  readonly gumbel?: T;
  /** (1, A) 1 for the numbers of an action that are the task's own, 0 for padding; absent where all are. */
  readonly actionMask?: T;
};

/**
 * Draws N candidates a row from the diffusion policy and picks one by softmax over min_j Q_j / temperature: (B, A).
 * Source: Diffusion-QL, released code (N = 50).
 */
export function act(parameters: ActingParameters, inputs: ActingInputs, { config, schedule }: LossContext): Tensor {
  const { observation, z, noise, gumbel, actionMask } = inputs;
  const [rows] = observation.shape as [number, number];
  const [, drawn, width] = noise.shape as [number, number, number];
  const candidates = drawn / rows;
  if (candidates > 1 && (gumbel === undefined || parameters.critic === undefined)) {
    throw new TypeError(`Cannot pick one of ${candidates} candidates: required critics and gumbel noise`);
  }
  const { time, condition } = chainConstants(parameters.policy, { observation, z, steps: schedule.steps });
  const constants = { time, condition: repeatRows(condition, candidates) };
  const actions = ownActions(reverseChain(parameters.policy, { constants, noise, schedule }).at(-1) as Tensor, actionMask);
  if (gumbel === undefined || parameters.critic === undefined) return actions;

  const [q1, q2] = criticValues(parameters.critic, {
    observation: repeatRows(observation, candidates),
    action: actions,
    z: z === undefined ? undefined : repeatRows(z, candidates),
  });
  const scores = q1.minimum(q2).reshape([candidates, rows]).div(config.actingTemperature).add(gumbel);
  const picked = scores.greaterEqual(scores.max(0, { keepDims: true })).astype("float32").expandDims(2);
  return actions.reshape([candidates, rows, width]).mul(picked).sum(0).div(picked.sum(0));
}

/** All states of the reverse diffusion of one action a row, (T + 1, B, A): noise first, action last. For figures. */
export function actionPath(policy: Policy, { observation, z, noise }: Omit<ActingInputs, "gumbel">, { schedule }: LossContext): Tensor[] {
  const constants = chainConstants(policy, { observation, z, steps: schedule.steps });
  return reverseChain(policy, { constants, noise, schedule });
}

function repeatRows(rows: Tensor, times: number): Tensor {
  const [count, width] = rows.shape as [number, number];
  return times === 1 ? rows : rows.expandDims(0).broadcastTo([times, count, width]).reshape([times * count, width]);
}
