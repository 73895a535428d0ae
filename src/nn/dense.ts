import type { HostArray, Tensor } from "../engine/index.js";
import type { Rng } from "../util/index.js";
import { uniformFanIn } from "./initialisers.js";

/** A linear layer: `w` (in, out), `b` (out); or n stacked ones: `w` (n, in, out), `b` (n, 1, out). */
export type Dense<T = Tensor> = { readonly w: T; readonly b: T };

/** Initial parameters of a linear layer, uniform in ±1/√inputs; `stack` makes that many independent layers. */
export function initDense(inputs: number, outputs: number, { rng, stack }: { rng: Rng; stack?: number }): Dense<HostArray> {
  return {
    w: uniformFanIn(stack === undefined ? [inputs, outputs] : [stack, inputs, outputs], { fanIn: inputs, rng }),
    b: uniformFanIn(stack === undefined ? [outputs] : [stack, 1, outputs], { fanIn: inputs, rng }),
  };
}

/** x W + b over the last axis: (…, in) → (…, out); stacked layers answer (n, rows, out). */
export function dense(layer: Dense, x: Tensor): Tensor {
  return product(x, layer.w).add(layer.b);
}

/** x W over the last axis; a stack of weights (n, in, out) multiplies one x (rows, in) to (n, rows, out). */
export function product(x: Tensor, w: Tensor): Tensor {
  return (w.rank > x.rank ? x.expandDims(0) : x).matmul(w);
}
