import type { HostArray, Tensor } from "../engine/index.js";
import type { Rng } from "../util/index.js";
import { uniformFanIn } from "./initialisers.js";

/** A linear layer: `w` (in, out), `b` (out). */
export type Dense<T = Tensor> = { readonly w: T; readonly b: T };

/** Initial parameters of a linear layer, weight and bias uniform in ±1/√inputs. */
export function initDense(inputs: number, outputs: number, { rng }: { rng: Rng }): Dense<HostArray> {
  return {
    w: uniformFanIn([inputs, outputs], { fanIn: inputs, rng }),
    b: uniformFanIn([outputs], { fanIn: inputs, rng }),
  };
}

/** x W + b: (rows, in) → (rows, out). */
export function dense(layer: Dense, x: Tensor): Tensor {
  return x.matmul(layer.w).add(layer.b);
}
