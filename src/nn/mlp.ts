import type { HostArray, Tensor } from "../engine/index.js";
import type { Rng } from "../util/index.js";
import { dense, initDense, type Dense } from "./dense.js";

/** A multi-layer perceptron: linear layers with an activation between them (Mish, unless said otherwise) and none after the last. */
export type Mlp<T = Tensor> = readonly Dense<T>[];

/**
 * Initial parameters of a perceptron with the given widths.
 *
 * @example initMlp([16, 32, 16], { rng: new Rng(0) }) // two layers, 16 → 32 → 16
 */
export function initMlp(widths: readonly number[], { rng }: { rng: Rng }): Mlp<HostArray> {
  return widths.slice(1).map((outputs, i) => initDense(widths[i] as number, outputs, { rng }));
}

/** The activation between the layers, the last one linear: (rows, in) → (rows, out). */
export function mlp(layers: Mlp, x: Tensor, { activation = (h) => h.mish() }: { activation?: (h: Tensor) => Tensor } = {}): Tensor {
  return layers.reduce((h, layer, i) => dense(layer, i === 0 ? h : activation(h)), x);
}
