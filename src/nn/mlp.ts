import type { HostArray, Tensor } from "../engine/index.js";
import type { Rng } from "../util/index.js";
import { dense, initDense, type Dense } from "./dense.js";

/** A multi-layer perceptron: linear layers with Mish between them and none after the last. */
export type Mlp<T = Tensor> = readonly Dense<T>[];

/**
 * Initial parameters of a perceptron with the given widths.
 *
 * @example initMlp([16, 32, 16], { rng: new Rng(0) }) // two layers, 16 → 32 → 16
 */
export function initMlp(widths: readonly number[], { rng, stack }: { rng: Rng; stack?: number }): Mlp<HostArray> {
  return widths
    .slice(1)
    .map((outputs, i) => initDense(widths[i] as number, outputs, { rng, ...(stack === undefined ? {} : { stack }) }));
}

/** Mish between the layers, the last one linear: (…, in) → (…, out). */
export function mlp(layers: Mlp, x: Tensor): Tensor {
  return layers.reduce((h, layer, i) => dense(layer, i === 0 ? h : h.mish()), x);
}
