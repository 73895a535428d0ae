/**
 * LLM-Driven Policy Diffusion. Zhang and Guo, "LLM-Driven Policy Diffusion: Enhancing Generalization in Offline
 * Reinforcement Learning", arXiv 2509.00347. Its diffusion policy and critics are those of Diffusion-QL: Wang, Hunt and
 * Zhou, "Diffusion Policies as an Expressive Policy Class for Offline Reinforcement Learning", arXiv 2208.06193.
 *
 * A policy ε_θ(aᵏ, k, s, z) denoises actions; z = [e_text, e_traj] encodes a sentence about the task and one example
 * trajectory of it. Twin critics Q_φ(s, a, z) judge the actions. One update, in this order:
 *
 *   y      = r + γ(1 − done) min_j Q′_j(s′, a′, z̄),   a′ from the policy's moving average θ̄
 *   L(φ)   = Σ_j E (Q_j(s, a, z̄) − y)²
 *   L_d(θ) = E ‖ε − ε_θ(√ᾱ_k a + √(1 − ᾱ_k) ε, k, s, z)‖² / A
 *   L_q(θ) = −E Q_i(s, a⁰, z̄) / sg(E |Q_j(s, a⁰, z̄)|),   {i, j} = {1, 2} by the toss of a coin
 *   L(θ)   = L_d + η L_q
 *
 * The paper's code is not public. Where we leave Diffusion-QL's released code, or choose what the paper leaves open:
 *
 * 1. The critics read z̄, the context of the moving average's encoders, in every loss: it is what they read when acting,
 *    it drifts slowly, and no gradient of theirs reaches the encoders (which train with L(θ) alone).
 * 2. The prompt encoders are part of θ: their moving average follows the same rate, their gradients the same clipping.
 * 3. A batch holds M tasks with P transitions each, so that every prompt is encoded once.
 * 4. Text vectors carry noise and whole prompts are dropped while training; targets see the same noisy prompts.
 * 5. The learning rate is constant or follows half a cosine to zero, as a field says: the released code describes a
 *    cosine and decays almost not at all.
 * 6. Actions are bounded by ±1. The released code clips x₀ again after the last step, where that changes nothing.
 * 7. Weights are laid out per input (see denoiser.ts, twin-critic.ts); initial values have the fan-in of the whole layer.
 * 8. Acting uses the moving average of the policy; the released code uses the policy itself.
 * 9. Tasks whose actions have fewer than A numbers share a policy by padding. What the policy says there is set to zero
 *    before a critic reads it, as it is in the data, and L_d is the mean over a task's own numbers: critics extrapolate
 *    along numbers that the data never vary, and the policy would follow them.
 * 10. Observations come in standardised by the training data and clipped to ±5 deviations (experiments/normaliser.ts);
 *    the released code feeds them as they are. The comparison with it begins behind that step.
 */
import { hostArray, oneHot, valueAndGrad, type HostArray, type Tensor } from "../engine/index.js";
import { adam, clipByNorm, ema, flatten, initAdam, type AdamState } from "../nn/index.js";
import type { Rng } from "../util/index.js";
import type { LlmdpdBatch } from "./batch.js";
import { ownActions } from "./conditioning.js";
import type { LlmdpdConfig, LlmdpdDims } from "./config.js";
import { addNoise, chainConstants, initDenoiser, noiseLevels, predictNoiseAt, removeNoise, reverseChain, type Denoiser } from "./denoiser.js";
import { variancePreserving, type DiffusionSchedule } from "./diffusion-schedule.js";
import { contextWidth, encodePrompts, initPromptEncoder, type PromptEncoder } from "./prompt-encoder.js";
import { criticValue, criticValues, initTwinCritic, oneCritic, type TwinCritic } from "./twin-critic.js";

/** θ: prompt encoders and denoiser. */
export type Policy<T = Tensor> = PromptEncoder<T> & Denoiser<T>;

/** All that an update changes. */
export type LlmdpdState<T = Tensor> = {
  readonly actor: Policy<T>;
  readonly ema: Policy<T>;
  readonly critic: TwinCritic<T>;
  readonly targetCritic: TwinCritic<T>;
  readonly optim: { readonly actor: AdamState<T>; readonly critic: AdamState<T> };
  /** () int32, the number of updates made. */
  readonly step: T;
};

/** Scalars that an update reports. */
export type LlmdpdMetrics<T = Tensor> = {
  readonly criticLoss: T;
  readonly diffusionLoss: T;
  readonly qLoss: T;
  /** Mean over the batch and both critics of Q(s, a, z̄) at the data's actions. */
  readonly meanQ: T;
  /** Global norms before clipping. */
  readonly actorGradientNorm: T;
  readonly criticGradientNorm: T;
};

/** What the losses need besides parameters and batch. */
export interface LossContext {
  readonly config: LlmdpdConfig;
  readonly schedule: DiffusionSchedule;
}

/** The schedule of a configuration, bundled with it. */
export function lossContext(config: LlmdpdConfig): LossContext {
  return { config, schedule: variancePreserving(config.denoisingSteps, config) };
}

/** Initial state: independent actor and critics; averages, targets start as copies. */
export function initState(config: LlmdpdConfig, { dims, rng }: { dims: LlmdpdDims; rng: Rng }): LlmdpdState<HostArray> {
  const context = contextWidth(config);
  const sizes = { observation: dims.observation, action: dims.action, hidden: config.hidden, hiddenLayers: config.hiddenLayers };
  const actor: Policy<HostArray> = {
    ...initPromptEncoder(config, { dims, rng }),
    ...initDenoiser({ ...sizes, context, timeWidth: config.timeWidth }, { rng: rng.fork("denoiser") }),
  };
  const critic = initTwinCritic({ ...sizes, context: config.conditionCritic ? context : 0 }, { rng: rng.fork("critic") });
  return {
    actor,
    ema: actor,
    critic,
    targetCritic: critic,
    optim: { actor: initAdam(actor), critic: initAdam(critic) },
    step: hostArray([], new Int32Array(1)),
  };
}

/** y = r + γ(1 − done) min_j Q′_j(s′, a′, z̄), (B, 1), a′ from the moving average's chain. */
export function bellmanTarget(
  state: Pick<LlmdpdState, "ema" | "targetCritic">,
  batch: LlmdpdBatch<Tensor>,
  { z, config, schedule }: LossContext & { z: Tensor | undefined },
): Tensor {
  const observation = batch.nextObservation;
  const constants = chainConstants(state.ema, { observation, z, steps: schedule.steps });
  const action = ownActions(reverseChain(state.ema, { constants, noise: batch.targetNoise, schedule }).at(-1) as Tensor, batch.actionMask);
  const [q1, q2] = criticValues(state.targetCritic, { observation, action, z });
  return batch.reward.add(batch.notDone.mul(config.gamma).mul(q1.minimum(q2))).stopGradient();
}

/** L(φ) = Σ_j E (Q_j(s, a, z̄) − y)². */
export function criticLoss(critic: TwinCritic, batch: LlmdpdBatch<Tensor>, { z, target }: { z: Tensor | undefined; target: Tensor }): { loss: Tensor; meanQ: Tensor } {
  const [q1, q2] = criticValues(critic, { observation: batch.observation, action: batch.action, z });
  return { loss: q1.sub(target).square().mean().add(q2.sub(target).square().mean()), meanQ: q1.mean().add(q2.mean()).mul(0.5) };
}

/** L_d, L_q and L(θ) = L_d + η L_q; with η = 0 the critics are not asked. `z` is the critics' context, fixed. */
export function policyLoss(
  actor: Policy,
  batch: LlmdpdBatch<Tensor>,
  { critic, z, config, schedule }: LossContext & { critic: TwinCritic; z: Tensor | undefined },
): { loss: Tensor; diffusionLoss: Tensor; qLoss: Tensor } {
  const own = encodePrompts(actor, batch, { heads: config.transformer.heads });
  const constants = chainConstants(actor, { observation: batch.observation, z: own, steps: schedule.steps });

  const steps = oneHot(batch.timestep, schedule.steps);
  const levels = noiseLevels(steps, schedule);
  const noisy = addNoise(batch.action, { noise: batch.noise, levels });
  const predicted = predictNoiseAt(actor, noisy, { constants, oneHot: steps });
  const diffusionLoss = ownActions(predicted.sub(batch.noise).square(), shareOfOwn(batch.actionMask)).mean();
  if (config.eta === 0) return { loss: diffusionLoss, diffusionLoss, qLoss: diffusionLoss.mul(0) };

  const action =
    config.policyGradient === "one-step" || batch.actorNoise === undefined
      ? removeNoise(noisy, { predicted, levels })
      : (reverseChain(actor, { constants, noise: batch.actorNoise, schedule }).at(-1) as Tensor);
  const qLoss = normalisedQ(critic, batch, { action: ownActions(action, batch.actionMask), z });
  return { loss: diffusionLoss.add(qLoss.mul(config.eta)), diffusionLoss, qLoss };
}

/** Weights (M, A) with which the mean over A numbers is the mean over a task's own. */
function shareOfOwn(mask: Tensor | undefined): Tensor | undefined {
  return mask?.div(mask.mean(1, { keepDims: true }));
}

/** L_q: one critic is maximised, the other sets the scale. Only the action carries a gradient. */
function normalisedQ(critic: TwinCritic, batch: LlmdpdBatch<Tensor>, { action, z }: { action: Tensor; z: Tensor | undefined }): Tensor {
  const second = batch.qSwap.greater(0.5);
  const maximised = criticValue(oneCritic(critic, { second }), { observation: batch.observation, action, z });
  const scaling = criticValue(oneCritic(critic, { second: second.not() }), { observation: batch.observation, action: action.stopGradient(), z });
  return maximised.mean().neg().div(scaling.abs().mean().stopGradient());
}

/** One update of everything, in the order of the head of this file. */
export function updateLlmdpd(state: LlmdpdState, batch: LlmdpdBatch<Tensor>, context: LossContext): { state: LlmdpdState; metrics: LlmdpdMetrics } {
  const { config } = context;
  const step = state.step.add(1);
  const clock = { step: step.astype("float32") };
  const z = encodePrompts(state.ema, batch, { heads: config.transformer.heads });

  const target = bellmanTarget(state, batch, { ...context, z });
  const [[lossOfCritic, { meanQ }], criticGradient] = valueAndGrad((critic: TwinCritic) => {
    const { loss, ...parts } = criticLoss(critic, batch, { z, target });
    return [loss, parts] as const;
  })(state.critic);
  const criticClip = clipByNorm(flatten(criticGradient), { limit: config.criticGradientClip });
  const critic = adam(
    { parameters: state.critic, gradient: criticClip.clipped, state: state.optim.critic },
    { ...clock, learningRate: batch.learningRateScale.mul(config.criticLearningRate) },
  );

  const [[, { diffusionLoss, qLoss }], actorGradient] = valueAndGrad((actor: Policy) => {
    const { loss, ...parts } = policyLoss(actor, batch, { ...context, critic: critic.parameters, z });
    return [loss, parts] as const;
  })(state.actor);
  const actorClip = clipByNorm(flatten(actorGradient), { limit: config.actorGradientClip });
  const actor = adam(
    { parameters: state.actor, gradient: actorClip.clipped, state: state.optim.actor },
    { ...clock, learningRate: batch.learningRateScale.mul(config.actorLearningRate) },
  );

  return {
    state: {
      actor: actor.parameters,
      ema: ema(state.ema, actor.parameters, { rate: batch.emaRate }),
      critic: critic.parameters,
      targetCritic: ema(state.targetCritic, critic.parameters, { rate: config.tau }),
      optim: { actor: actor.state, critic: critic.state },
      step,
    },
    metrics: {
      criticLoss: lossOfCritic,
      diffusionLoss,
      qLoss,
      meanQ,
      actorGradientNorm: actorClip.norm,
      criticGradientNorm: criticClip.norm,
    },
  };
}
