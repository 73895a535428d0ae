import { treeMap, where, type HostArray, type Tensor, type Tree } from "../engine/index.js";
import { filledArray } from "./initialisers.js";

/** The running moments of Adam, each a tree like the parameters `P`. */
export type AdamState<P> = { readonly mean: P; readonly square: P };

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
export function initAdam<P extends Tree<HostArray>>(parameters: P): AdamState<P> {
  const zeros = (): P => treeMap<HostArray, HostArray, P>((leaf) => filledArray(leaf.shape, 0), parameters);
  return { mean: zeros(), square: zeros() };
}

/**
 * One bias-corrected Adam update. Source: arXiv 1412.6980, algorithm 1, with ε outside of the corrected root.
 *
 * @returns the new parameters and the new moments
 */
export function adam<P extends Tree<Tensor>>(
  { parameters, gradients, state }: { parameters: P; gradients: P; state: AdamState<P> },
  { learningRate, step, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions,
): { parameters: P; state: AdamState<P> } {
  const mean = treeMap<Tensor, Tensor, P>((m, g) => m.mul(beta1).add(g.mul(1 - beta1)), state.mean, gradients);
  const square = treeMap<Tensor, Tensor, P>((v, g) => v.mul(beta2).add(g.square().mul(1 - beta2)), state.square, gradients);
  const stepSize = oneMinusPower(beta1, step).reciprocal().mul(learningRate);
  const rootCorrection = oneMinusPower(beta2, step).sqrt().reciprocal();
  const updated = treeMap<Tensor, Tensor, P>(
    (p, m, v) => p.sub(m.mul(stepSize).div(v.sqrt().mul(rootCorrection).add(epsilon))),
    parameters,
    mean,
    square,
  );
  return { parameters: updated, state: { mean, square } };
}

/** 1 − base^exponent without the cancellation that float32 suffers for a base near one: a series while −x is small. */
export function oneMinusPower(base: number, exponent: Tensor): Tensor {
  const x = exponent.mul(Math.log(base));
  let series = x.mul(1 / 7).add(1);
  for (let k = 6; k >= 2; k--) series = series.mul(x.mul(1 / k)).add(1);
  return where(x.greater(-0.25), x.mul(series).neg(), x.exp().neg().add(1));
}
