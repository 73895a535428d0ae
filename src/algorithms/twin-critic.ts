import { treeMap, where, type HostArray, type Tensor } from "../engine/index.js";
import { dense, initDense, initMlp, product, uniformFanIn, type Dense } from "../nn/index.js";
import type { Rng } from "../util/index.js";
import { addPerPrompt } from "./conditioning.js";

/**
 * Q_φ(s, a, z), several of them at once: every weight carries a leading axis, so that twins are one batched product.
 * The first weight is kept in one piece per input, because z has a row per prompt and not per transition.
 */
export type Critics<T = Tensor> = {
  readonly input: { readonly observation: T; readonly action: T; readonly context?: T; readonly b: T };
  readonly hidden: readonly Dense<T>[];
  readonly out: Dense<T>;
};

/** Sizes of the critics; `context` is the width of z, 0 when they do not read it. */
export interface CriticSizes {
  readonly observation: number;
  readonly action: number;
  readonly context: number;
  readonly hidden: number;
  readonly hiddenLayers: number;
}

/** Initial parameters of two independent critics. */
export function initTwinCritic(sizes: CriticSizes, { rng }: { rng: Rng }): Critics<HostArray> {
  const { observation, action, context, hidden, hiddenLayers } = sizes;
  const stack = 2;
  const fanIn = observation + action + context;
  const piece = (inputs: number): HostArray => uniformFanIn([stack, inputs, hidden], { fanIn, rng });
  return {
    input: {
      observation: piece(observation),
      action: piece(action),
      ...(context > 0 ? { context: piece(context) } : {}),
      b: uniformFanIn([stack, 1, hidden], { fanIn, rng }),
    },
    hidden: initMlp(Array.from({ length: hiddenLayers }, () => hidden), { rng, stack }),
    out: initDense(hidden, 1, { rng, stack }),
  };
}

/** Q of every critic in the stack: observations (B, S), actions (B, A), contexts z (M, C) → (stack, B, 1). */
export function criticValues(
  { input, hidden, out }: Critics,
  { observation, action, z }: { observation: Tensor; action: Tensor; z: Tensor | undefined },
): Tensor {
  const rows = product(observation, input.observation).add(product(action, input.action)).add(input.b);
  const first = z === undefined || input.context === undefined ? rows : addPerPrompt(rows, product(z, input.context));
  return dense(out, hidden.reduce((h, layer) => dense(layer, h).mish(), first.mish()));
}

/** One of two critics as a stack of one: the second where `second` (a bool scalar) holds. Cheaper than a gradient through both. */
export function oneCritic(critics: Critics, { second }: { second: Tensor }): Critics {
  return treeMap((leaf: Tensor) => where(second, leaf.slice(0, [1, 2]), leaf.slice(0, [0, 1])), critics) as Critics;
}
