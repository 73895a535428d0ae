import { hostArray, type HostArray } from "../engine/index.js";
import type { Rng } from "../util/index.js";

/** An array of `shape`, uniform in ±`bound`. */
export function uniformArray(shape: readonly number[], { bound, rng }: { bound: number; rng: Rng }): HostArray {
  return hostArray(shape, rng.fillUniform(new Float32Array(sizeOf(shape)), { low: -bound, high: bound }));
}

/** An array of `shape`, normal with mean 0 and standard deviation `deviation`. */
export function normalArray(shape: readonly number[], { deviation, rng }: { deviation: number; rng: Rng }): HostArray {
  return hostArray(shape, rng.fillNormal(new Float32Array(sizeOf(shape))).map((value) => value * deviation));
}

/** An array of `shape` that holds `value` everywhere. */
export function filledArray(shape: readonly number[], value: number): HostArray {
  return hostArray(shape, new Float32Array(sizeOf(shape)).fill(value));
}

/**
 * The weight or bias of a linear layer: uniform in ±1/√fanIn, which is PyTorch's default for both.
 *
 * @example uniformFanIn([43, 256], { fanIn: 43, rng: new Rng(0) })
 */
export function uniformFanIn(shape: readonly number[], { fanIn, rng }: { fanIn: number; rng: Rng }): HostArray {
  return uniformArray(shape, { bound: 1 / Math.sqrt(fanIn), rng });
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
