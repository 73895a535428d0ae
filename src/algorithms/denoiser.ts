import { constant, hostArray, split, type HostArray, type Tensor } from "../engine/index.js";
import { dense, initDense, initMlp, mlp, timeEmbedding, uniformFanIn, type Dense, type Mlp } from "../nn/index.js";
import type { Rng } from "../util/index.js";
import { addPerPrompt } from "./conditioning.js";
import type { DiffusionSchedule } from "./diffusion-schedule.js";

/**
 * ε_θ(x, k, s, z): a perceptron over [x, embedding of k, s, z]. The first weight is kept in one piece per input, because
 * along a denoising chain only x changes: the shares of s and z are computed once, that of k once per step.
 */
export type Denoiser<T = Tensor> = {
  /** Embedding of the denoising step: width → 2·width → width. */
  readonly time: Mlp<T>;
  readonly net: {
    readonly input: {
      readonly action: T;
      readonly time: T;
      readonly observation: T;
      readonly context?: T;
      readonly b: T;
    };
    readonly hidden: readonly Dense<T>[];
    readonly out: Dense<T>;
  };
};

/** Sizes of a denoiser; `context` is the width of z, 0 without prompts. */
export interface DenoiserSizes {
  readonly observation: number;
  readonly action: number;
  readonly context: number;
  readonly timeWidth: number;
  readonly hidden: number;
  readonly hiddenLayers: number;
}

/** Initial parameters, uniform in ±1/√fanIn with the fan-in of the undivided layer. */
export function initDenoiser(sizes: DenoiserSizes, { rng }: { rng: Rng }): Denoiser<HostArray> {
  const { observation, action, context, timeWidth, hidden, hiddenLayers } = sizes;
  const fanIn = action + timeWidth + observation + context;
  const piece = (inputs: number): HostArray => uniformFanIn([inputs, hidden], { fanIn, rng });
  return {
    time: initMlp([timeWidth, 2 * timeWidth, timeWidth], { rng }),
    net: {
      input: {
        action: piece(action),
        time: piece(timeWidth),
        observation: piece(observation),
        ...(context > 0 ? { context: piece(context) } : {}),
        b: uniformFanIn([hidden], { fanIn, rng }),
      },
      hidden: initMlp(Array.from({ length: hiddenLayers }, () => hidden), { rng }),
      out: initDense(hidden, action, { rng }),
    },
  };
}

/** What stays the same along a denoising chain: the first layer's share of the steps (T, H) and of s and z (B, H). */
export interface ChainConstants {
  readonly time: Tensor;
  readonly condition: Tensor;
}

/** Computes the constants of a chain for observations (B, S) and contexts z (M, C), M a divisor of B. */
export function chainConstants(
  { time, net }: Denoiser,
  { observation, z, steps }: { observation: Tensor; z: Tensor | undefined; steps: number },
): ChainConstants {
  const embedding = timeEmbedding(steps, { width: net.input.time.shape[0] as number });
  const seen = observation.matmul(net.input.observation).add(net.input.b);
  return {
    time: mlp(time, constant(embedding)).matmul(net.input.time),
    condition: z === undefined || net.input.context === undefined ? seen : addPerPrompt(seen, z.matmul(net.input.context)),
  };
}

/** ε_θ for noisy actions x (B, A); `first` (B, H) is the first layer's share of everything else. */
export function predictNoise({ net }: Denoiser, x: Tensor, { first }: { first: Tensor }): Tensor {
  const h = x.matmul(net.input.action).add(first).mish();
  return dense(net.out, net.hidden.reduce((rows, layer) => dense(layer, rows).mish(), h));
}

/** ε_θ at a denoising step of its own for every row: `oneHot` (B, T) names the step. */
export function predictNoiseAt(denoiser: Denoiser, x: Tensor, { constants, oneHot }: { constants: ChainConstants; oneHot: Tensor }): Tensor {
  return predictNoise(denoiser, x, { first: oneHot.matmul(constants.time).add(constants.condition) });
}

/**
 * The reverse process x_T → … → x₀, each (B, A): predicted x₀ clipped to [−1, 1], then the mean of the posterior, then
 * its noise except in the last step. Source: DDPM (arXiv 2006.11239), algorithm 2.
 *
 * @param noise (T, B, A): index 0 is x_T, index i is added after the i-th step
 * @returns the T + 1 states, the action last
 */
export function reverseChain(
  denoiser: Denoiser,
  { constants, noise, schedule }: { constants: ChainConstants; noise: Tensor; schedule: DiffusionSchedule },
): Tensor[] {
  const { steps } = schedule;
  const each = Array.from({ length: steps }, () => 1);
  const times = split(constants.time, each, 0);
  const noises = split(noise, each, 0).map((slice) => slice.reshape(noise.shape.slice(1)));
  const states = [noises[0] as Tensor];
  for (let i = steps - 1; i >= 0; i--) {
    const x = states.at(-1) as Tensor;
    const predicted = predictNoise(denoiser, x, { first: (times[i] as Tensor).add(constants.condition) });
    const x0 = cleanAction(x, { predicted, alphaBar: schedule.alphaBar[i] as number });
    if (i === 0) {
      states.push(x0);
    } else {
      const mean = x0.mul(schedule.coefficientX0[i] as number).add(x.mul(schedule.coefficientXt[i] as number));
      states.push(mean.add((noises[steps - i] as Tensor).mul(Math.sqrt(schedule.posteriorVariance[i] as number))));
    }
  }
  return states;
}

/** x₀ = (x − √(1 − ᾱ) ε)/√ᾱ, clipped to the range of actions. */
function cleanAction(x: Tensor, { predicted, alphaBar }: { predicted: Tensor; alphaBar: number }): Tensor {
  return x.mul(Math.sqrt(1 / alphaBar)).sub(predicted.mul(Math.sqrt(1 / alphaBar - 1))).clip(-1, 1);
}

/** √ᾱ, √(1 − ᾱ) and their use for rows whose step `oneHot` (B, T) names. */
export function noiseLevels(oneHot: Tensor, { alphaBar }: DiffusionSchedule): { signal: Tensor; noise: Tensor } {
  const pick = (values: readonly number[]): Tensor =>
    oneHot.mul(constant(hostArray([1, values.length], Float32Array.from(values)))).sum(1, { keepDims: true });
  return { signal: pick(alphaBar.map(Math.sqrt)), noise: pick(alphaBar.map((a) => Math.sqrt(1 - a))) };
}

/** The forward process: √ᾱ a + √(1 − ᾱ) ε. Source: DDPM, eq. 4. */
export function addNoise(action: Tensor, { noise, levels }: { noise: Tensor; levels: ReturnType<typeof noiseLevels> }): Tensor {
  return action.mul(levels.signal).add(noise.mul(levels.noise));
}

/** Undoes `addNoise` with a predicted ε and clips to the range of actions: (B, A). */
export function removeNoise(noisy: Tensor, { predicted, levels }: { predicted: Tensor; levels: ReturnType<typeof noiseLevels> }): Tensor {
  return noisy.sub(predicted.mul(levels.noise)).div(levels.signal).clip(-1, 1);
}
