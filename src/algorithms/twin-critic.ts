import { treeMap, where, type HostArray, type Tensor } from "../engine/index.js";
import { dense, initDense, initMlp, uniformFanIn, type Dense } from "../nn/index.js";
import type { Rng } from "../util/index.js";
import { addPerPrompt } from "./conditioning.js";

/**
 * Q_φ(s, a, z): a perceptron over [s, a, z]. The first weight is kept in one piece per input, because z has a row per
 * prompt and not per transition.
 */
export type Critic<T = Tensor> = {
  readonly input: { readonly observation: T; readonly action: T; readonly context?: T; readonly b: T };
  readonly hidden: readonly Dense<T>[];
  readonly out: Dense<T>;
};

/** Two critics side by side: one stacked, batched product was no faster forward and a third slower in its gradient (XLA, CPU). */
export type TwinCritic<T = Tensor> = { readonly first: Critic<T>; readonly second: Critic<T> };

/** Sizes of a critic; `context` is the width of z, 0 when it does not read it. */
export interface CriticSizes {
  readonly observation: number;
  readonly action: number;
  readonly context: number;
  readonly hidden: number;
  readonly hiddenLayers: number;
}

/** What critics judge: observations (B, S), actions (B, A) and contexts z (M, C), M a divisor of B. */
export interface Judged {
  readonly observation: Tensor;
  readonly action: Tensor;
  readonly z: Tensor | undefined;
}

/** Initial parameters of two independent critics. */
export function initTwinCritic(sizes: CriticSizes, { rng }: { rng: Rng }): TwinCritic<HostArray> {
  return { first: initCritic(sizes, { rng: rng.fork("first") }), second: initCritic(sizes, { rng: rng.fork("second") }) };
}

function initCritic({ observation, action, context, hidden, hiddenLayers }: CriticSizes, { rng }: { rng: Rng }): Critic<HostArray> {
  const fanIn = observation + action + context;
  const piece = (inputs: number): HostArray => uniformFanIn([inputs, hidden], { fanIn, rng });
  return {
    input: {
      observation: piece(observation),
      action: piece(action),
      ...(context > 0 ? { context: piece(context) } : {}),
      b: uniformFanIn([hidden], { fanIn, rng }),
    },
    hidden: initMlp(Array.from({ length: hiddenLayers }, () => hidden), { rng }),
    out: initDense(hidden, 1, { rng }),
  };
}

/** Q (B, 1) of one critic. */
export function criticValue({ input, hidden, out }: Critic, { observation, action, z }: Judged): Tensor {
  const rows = observation.matmul(input.observation).add(action.matmul(input.action)).add(input.b);
  const first = z === undefined || input.context === undefined ? rows : addPerPrompt(rows, z.matmul(input.context));
  return dense(out, hidden.reduce((h, layer) => dense(layer, h).mish(), first.mish()));
}

/** Q (B, 1) of both critics. */
export function criticValues({ first, second }: TwinCritic, judged: Judged): readonly [Tensor, Tensor] {
  return [criticValue(first, judged), criticValue(second, judged)];
}

/** The second critic where `second` (a bool scalar) holds, else the first. Cheaper than a gradient through both. */
export function oneCritic(critics: TwinCritic, { second }: { second: Tensor }): Critic {
  return treeMap<Tensor, Tensor, Critic>((b, a) => where(second, b, a), critics.second, critics.first);
}
