/**
 * Twin Delayed Deep Deterministic policy gradient (TD3): online reinforcement learning of a deterministic policy.
 * Fujimoto, van Hoof and Meger, "Addressing Function Approximation Error in Actor-Critic Methods", arXiv 1802.09477,
 * algorithm 1. Here it trains the robots whose behaviour is recorded as data.
 *
 * Policy π_θ(s), critics Q_1, Q_2 with parameters φ; primes are slowly following targets. One round is d steps of the
 * environment, then d times, each on a fresh batch of the replay buffer,
 *
 *   ã      = clip(π′(s′) + clip(ε, ±c), ±1),   ε ~ N(0, σ̃²)          target policy smoothing, eq. 14
 *   y      = r + γ(1 − done) min_j Q′_j(s′, ã)                        clipped double Q-learning, eq. 10
 *   L(φ)   = Σ_j E (Q_j(s, a) − y)²
 *
 * and once, on the last of these batches,
 *
 *   L(θ)   = −E Q_1(s, π(s))                                          deterministic policy gradient, eq. 3
 *   θ′, φ′ move towards θ, φ by τ                                      delayed updates, d = 2
 *
 * Where we leave the paper:
 *
 * 1. d environments take one step each before a round, in place of one environment that takes d: a round is then one
 *    program, no policy gradient is computed to be thrown away, and there is still one critic update per step.
 * 2. Hidden layers are 256 wide, as in the authors' later released code; the paper has 400 and 300.
 * 3. Initial weights and biases are uniform in ±1/√inputs in every layer.
 */
import { z } from "zod";
import { concat, hostArray, valueAndGrad, type HostArray, type Tensor } from "../engine/index.js";
import { adam, ema, flatten, initAdam, initMlp, mlp, type AdamState, type Mlp } from "../nn/index.js";
import type { Rng } from "../util/index.js";

const count = z.number().int().positive();

/** Every choice of TD3 with its default, unit and source; unknown keys are errors. */
export const td3Config = z.strictObject({
  hidden: count.default(256).describe("Width of the hidden layers of policy and critics").meta({ unit: "units", source: "TD3, released code" }),
  hiddenLayers: count.default(2).describe("Hidden layers of policy and critics").meta({ unit: "layers", source: "TD3, appendix C" }),
  batchSize: count.default(100).describe("Transitions in a batch").meta({ unit: "transitions", source: "TD3, appendix C; released code: 256" }),
  gamma: z.number().min(0).max(1).default(0.99).describe("Discount factor, γ").meta({ source: "TD3, appendix C" }),
  tau: z.number().min(0).max(1).default(0.005).describe("Rate of the targets per round, τ").meta({ source: "TD3, appendix C" }),
  policyDelay: count.default(2).describe("Critic updates per policy update, d; also the number of environments that are stepped in turn").meta({ unit: "updates", source: "TD3, appendix C" }),
  targetNoise: z.number().min(0).default(0.2).describe("Standard deviation of the smoothing noise on target actions, σ̃").meta({ unit: "action units", source: "TD3, appendix C" }),
  targetNoiseClip: z.number().min(0).default(0.5).describe("Bound of that noise, c").meta({ unit: "action units", source: "TD3, appendix C" }),
  actorLearningRate: z.number().positive().default(1e-3).describe("Adam's step size for the policy").meta({ source: "TD3, appendix C; released code: 3e-4" }),
  criticLearningRate: z.number().positive().default(1e-3).describe("Adam's step size for the critics").meta({ source: "TD3, appendix C; released code: 3e-4" }),
});

/** A complete TD3 configuration. */
export type Td3Config = z.infer<typeof td3Config>;

/** Widths of observation and action. */
export interface Td3Dims {
  readonly observation: number;
  readonly action: number;
}

/** Q_1 and Q_2, perceptrons over [s, a]. */
export type Td3Critics<T = Tensor> = { readonly first: Mlp<T>; readonly second: Mlp<T> };

/** All that a round changes. */
export type Td3State<T = Tensor> = {
  readonly actor: Mlp<T>;
  readonly critic: Td3Critics<T>;
  readonly targetActor: Mlp<T>;
  readonly targetCritic: Td3Critics<T>;
  readonly optim: { readonly actor: AdamState<T>; readonly critic: AdamState<T> };
  /** () int32, the number of rounds made. */
  readonly round: T;
};

/** B transitions, float32. */
export type Td3Batch<T> = {
  /** (B, S). */
  readonly observation: T;
  /** (B, A) in [−1, 1]. */
  readonly action: T;
  /** (B, 1). */
  readonly reward: T;
  /** (B, S). */
  readonly nextObservation: T;
  /** (B, 1) 0 where the robot fell, else 1 (time-outs are 1). */
  readonly notDone: T;
  /** (B, A) standard normal. */
  readonly noise: T;
};

/** Scalars that a round reports; those of the critics are means over its d updates. */
export type Td3Metrics<T = Tensor> = { readonly criticLoss: T; readonly policyLoss: T; readonly meanQ: T };

const relu = { activation: (h: Tensor): Tensor => h.relu() };

/** Initial state: independent networks; targets start as copies. */
export function initTd3({ hidden, hiddenLayers }: Td3Config, { dims, rng }: { dims: Td3Dims; rng: Rng }): Td3State<HostArray> {
  const inner = Array.from({ length: hiddenLayers }, () => hidden);
  const actor = initMlp([dims.observation, ...inner, dims.action], { rng: rng.fork("actor") });
  const judge = (name: string): Mlp<HostArray> => initMlp([dims.observation + dims.action, ...inner, 1], { rng: rng.fork("critic", name) });
  const critic = { first: judge("first"), second: judge("second") };
  return { actor, critic, targetActor: actor, targetCritic: critic, optim: { actor: initAdam(actor), critic: initAdam(critic) }, round: hostArray([], new Int32Array(1)) };
}

/** π(s) in [−1, 1]: (rows, S) → (rows, A). */
export function td3Action(actor: Mlp, observation: Tensor): Tensor {
  return mlp(actor, observation, relu).tanh();
}

/** Q_j(s, a): (rows, 1). */
function value(critic: Mlp, { observation, action }: { observation: Tensor; action: Tensor }): Tensor {
  return mlp(critic, concat([observation, action]), relu);
}

/** y = r + γ(1 − done) min_j Q′_j(s′, ã), (B, 1). */
export function td3Target(state: Pick<Td3State, "targetActor" | "targetCritic">, batch: Td3Batch<Tensor>, { gamma, targetNoise, targetNoiseClip }: Td3Config): Tensor {
  const observation = batch.nextObservation;
  const smoothing = batch.noise.mul(targetNoise).clip(-targetNoiseClip, targetNoiseClip);
  const action = td3Action(state.targetActor, observation).add(smoothing).clip(-1, 1);
  const least = value(state.targetCritic.first, { observation, action }).minimum(value(state.targetCritic.second, { observation, action }));
  return batch.reward.add(batch.notDone.mul(gamma).mul(least)).stopGradient();
}

/** L(φ) = Σ_j E (Q_j(s, a) − y)². */
export function td3CriticLoss(critic: Td3Critics, batch: Td3Batch<Tensor>, { target }: { target: Tensor }): { loss: Tensor; meanQ: Tensor } {
  const [q1, q2] = [value(critic.first, batch), value(critic.second, batch)];
  return { loss: q1.sub(target).square().mean().add(q2.sub(target).square().mean()), meanQ: q1.mean().add(q2.mean()).mul(0.5) };
}

/** L(θ) = −E Q_1(s, π(s)). */
export function td3PolicyLoss(actor: Mlp, batch: Td3Batch<Tensor>, { critic }: { critic: Td3Critics }): Tensor {
  return value(critic.first, { observation: batch.observation, action: td3Action(actor, batch.observation) }).mean().neg();
}

/** One round: a critic update per batch, d of them, then policy and targets. */
export function updateTd3(state: Td3State, batches: readonly Td3Batch<Tensor>[], config: Td3Config): { state: Td3State; metrics: Td3Metrics } {
  const round = state.round.add(1);
  const clock = round.astype("float32");
  const share = 1 / batches.length;
  let { critic, optim } = state;
  let sums = { criticLoss: clock.mul(0), meanQ: clock.mul(0) };
  batches.forEach((batch, i) => {
    const target = td3Target(state, batch, config);
    const [[loss, { meanQ }], gradient] = valueAndGrad((parameters: Td3Critics) => {
      const { loss: total, ...parts } = td3CriticLoss(parameters, batch, { target });
      return [total, parts] as const;
    })(critic);
    const step = clock.mul(batches.length).add(i + 1 - batches.length);
    const moved = adam({ parameters: critic, gradient: flatten(gradient), state: optim.critic }, { step, learningRate: config.criticLearningRate });
    critic = moved.parameters;
    optim = { ...optim, critic: moved.state };
    sums = { criticLoss: sums.criticLoss.add(loss.mul(share)), meanQ: sums.meanQ.add(meanQ.mul(share)) };
  });

  const last = batches.at(-1) as Td3Batch<Tensor>;
  const [policyLoss, gradient] = valueAndGrad((parameters: Mlp) => td3PolicyLoss(parameters, last, { critic }))(state.actor);
  const actor = adam({ parameters: state.actor, gradient: flatten(gradient), state: optim.actor }, { step: clock, learningRate: config.actorLearningRate });
  return {
    state: {
      actor: actor.parameters,
      critic,
      targetActor: ema(state.targetActor, actor.parameters, { rate: config.tau }),
      targetCritic: ema(state.targetCritic, critic, { rate: config.tau }),
      optim: { ...optim, actor: actor.state },
      round,
    },
    metrics: { ...sums, policyLoss },
  };
}

/** d batches of zeros of the right shapes, for `compileStep`. */
export function exampleTd3Batches({ batchSize, policyDelay }: Td3Config, { observation, action }: Td3Dims): Td3Batch<HostArray>[] {
  const zeros = (width: number): HostArray => hostArray([batchSize, width], new Float32Array(batchSize * width));
  return Array.from({ length: policyDelay }, () => ({
    observation: zeros(observation), action: zeros(action), reward: zeros(1), nextObservation: zeros(observation), notDone: zeros(1), noise: zeros(action),
  }));
}
