import { treeLeaves, treeMap, where, type HostArray, type Tensor, type Tree } from "../engine/index.js";
import { unflatten } from "./flat.js";
import { filledArray } from "./initialisers.js";

/** The running moments of Adam, each one vector (N) over all entries of the parameters, see `flatten`. */
export type AdamState<T = Tensor> = { readonly mean: T; readonly square: T };

/** Options of one Adam update. */
export interface AdamOptions {
  /** Step size, a number or a scalar tensor. */
  readonly learningRate: Tensor | number;
  /** Number of this update, counted from 1, a float32 scalar. */
  readonly step: Tensor;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** Moments of zero for a tree of parameters. */
export function initAdam(parameters: Tree<HostArray>): AdamState<HostArray> {
  const size = treeLeaves<HostArray>(parameters).reduce((sum, { data }) => sum + data.length, 0);
  return { mean: filledArray([size], 0), square: filledArray([size], 0) };
}

/**
 * One bias-corrected Adam update. Source: arXiv 1412.6980, algorithm 1, with ε outside of the corrected root.
 *
 * @param gradient the gradient as one vector (N), see `flatten`
 * @returns the new parameters and the new moments
 */
export function adam<P extends Tree<Tensor>>(
  { parameters, gradient, state }: { parameters: P; gradient: Tensor; state: AdamState },
  { learningRate, step, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions,
): { parameters: P; state: AdamState } {
  const mean = state.mean.mul(beta1).add(gradient.mul(1 - beta1));
  const square = state.square.mul(beta2).add(gradient.square().mul(1 - beta2));
  const stepSize = oneMinusPower(beta1, step).reciprocal().mul(learningRate);
  const rootCorrection = oneMinusPower(beta2, step).sqrt().reciprocal();
  const moves = mean.mul(stepSize).div(square.sqrt().mul(rootCorrection).add(epsilon));
  return {
    parameters: treeMap<Tensor, Tensor, P>((p, move) => p.sub(move), parameters, unflatten(moves, { like: parameters })),
    state: { mean, square },
  };
}

/** 1 − base^exponent without the cancellation that float32 suffers for a base near one: a series while −x is small. */
export function oneMinusPower(base: number, exponent: Tensor): Tensor {
  const x = exponent.mul(Math.log(base));
  let series = x.mul(1 / 7).add(1);
  for (let k = 6; k >= 2; k--) series = series.mul(x.mul(1 / k)).add(1);
  return where(x.greater(-0.25), x.mul(series).neg(), x.exp().neg().add(1));
}
