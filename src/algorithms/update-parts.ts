/**
 * The update cut off after each of its parts, for a profile: XLA fuses across parts, so a part is timed as what the
 * program costs with it less what it costs without. Each function returns whatever it has computed, so that nothing is
 * optimised away; the last is the update itself.
 */
import { valueAndGrad, type Tensor, type Tree } from "../engine/index.js";
import type { LlmdpdBatch } from "./batch.js";
import type { LlmdpdConfig } from "./config.js";
import { bellmanTarget, criticLoss, lossContext, policyLoss, updateLlmdpd, type LlmdpdState, type Policy } from "./llmdpd.js";
import { encodePrompts } from "./prompt-encoder.js";
import type { TwinCritic } from "./twin-critic.js";

/** One part of the update, by name, and everything up to its end. */
export interface UpdatePart {
  readonly part: string;
  readonly upTo: (state: LlmdpdState, batch: LlmdpdBatch<Tensor>) => Tree<Tensor>;
}

/**
 * The parts in the order of the update.
 *
 * @example updateParts(llmdpdConfig.parse({})).map(({ part }) => part) // ["prompts of the average", "target: chain and critics", …]
 */
export function updateParts(config: LlmdpdConfig): readonly UpdatePart[] {
  const context = lossContext(config);
  const prompts = (state: LlmdpdState, batch: LlmdpdBatch<Tensor>): { z: Tensor | undefined } => ({ z: encodePrompts(state.ema, batch, { heads: config.transformer.heads }) });
  const target = (state: LlmdpdState, batch: LlmdpdBatch<Tensor>): { z: Tensor | undefined; target: Tensor } => {
    const { z } = prompts(state, batch);
    return { z, target: bellmanTarget(state, batch, { ...context, z }) };
  };
  const critics = (state: LlmdpdState, batch: LlmdpdBatch<Tensor>): { z: Tensor | undefined; critic: TwinCritic } => {
    const fixed = target(state, batch);
    return { z: fixed.z, critic: valueAndGrad((critic: TwinCritic) => criticLoss(critic, batch, fixed).loss)(state.critic)[1] };
  };
  const encoders = (state: LlmdpdState, batch: LlmdpdBatch<Tensor>) => ({
    ...critics(state, batch),
    actor: valueAndGrad((actor: Policy) => (encodePrompts(actor, batch, { heads: config.transformer.heads }) as Tensor).square().sum())(state.actor)[1],
  });
  const policy = (eta: number) => (state: LlmdpdState, batch: LlmdpdBatch<Tensor>) => {
    const { z, critic } = critics(state, batch);
    const losses = { ...lossContext({ ...config, eta }), critic: state.critic, z };
    return { critic, actor: valueAndGrad((actor: Policy) => policyLoss(actor, batch, losses).loss)(state.actor)[1] };
  };
  const reads = config.useText || config.useTrajectory;
  const results: Readonly<Record<string, (state: LlmdpdState, batch: LlmdpdBatch<Tensor>) => object>> = {
    "call and transfers": (state) => ({ step: state.step.add(1) }),
    ...(reads ? { "prompts of the average": prompts } : {}),
    "target: chain and critics": target,
    "critics: loss and gradient": critics,
    ...(reads ? { "prompts of the policy, gradient": encoders } : {}),
    "diffusion loss and gradient": policy(0),
    ...(config.eta === 0 ? {} : { "Q term: chain and gradient": policy(config.eta) }),
    // Not apart: passes over the same numbers, of which each is cheaper than handing out what it computed.
    "clipping, Adam, averages": (state, batch) => updateLlmdpd(state, batch, context),
  };
  return Object.entries(results).map(([part, run]) => ({ part, upTo: (state, batch) => run(state, batch) as Tree<Tensor> }));
}
