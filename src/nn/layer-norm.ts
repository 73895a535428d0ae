import type { HostArray, Tensor } from "../engine/index.js";
import { filledArray } from "./initialisers.js";

/** Scale and shift of a layer normalisation, each (width). */
export type LayerNorm<T = Tensor> = { readonly scale: T; readonly shift: T };

/** Scale one, shift zero. */
export function initLayerNorm(width: number): LayerNorm<HostArray> {
  return { scale: filledArray([width], 1), shift: filledArray([width], 0) };
}

/** Normalises the last axis to mean 0 and variance 1 (biased, ε = 1e-5), then scales and shifts. Source: arXiv 1607.06450. */
export function layerNorm(norm: LayerNorm, x: Tensor): Tensor {
  const centred = x.sub(x.mean(-1, { keepDims: true }));
  const variance = centred.square().mean(-1, { keepDims: true });
  return centred.mul(variance.add(1e-5).sqrt().reciprocal()).mul(norm.scale).add(norm.shift);
}
