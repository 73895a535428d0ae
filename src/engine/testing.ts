/** For tests only: runs one function on two devices and compares. */
import { expect } from "vitest";
import { Rng } from "../util/index.js";
import { compile } from "./compile.js";
import { hostArray, sizeOf, type HostArray } from "./host-array.js";
import type { Tensor } from "./tensor.js";

/** Standard normal numbers of a shape. */
export function normal(shape: readonly number[], seed = 0): HostArray {
  return hostArray(shape, new Rng(seed).fork(...shape).fillNormal(new Float32Array(sizeOf(shape))));
}

/** Runs on both devices and returns the results of XLA, checked against those of jax-js. */
export async function compareDevices(fn: (...inputs: Tensor[]) => readonly Tensor[], inputs: readonly HostArray[], tolerance = 1e-5): Promise<HostArray[]> {
  const results: HostArray[][] = [];
  for (const device of ["xla", "jax-js"] as const) {
    const compiled = await compile(fn as (...args: readonly Tensor[]) => readonly Tensor[], inputs as HostArray[], { device });
    results.push([...((await compiled(...(inputs as HostArray[]))) as readonly HostArray[])]);
    compiled.dispose();
  }
  const [xla, reference] = results as [HostArray[], HostArray[]];
  xla.forEach((array, i) => {
    const want = reference[i] as HostArray;
    expect({ shape: array.shape, dtype: array.dtype }).toEqual({ shape: want.shape, dtype: want.dtype });
    const scale = Math.max(1, ...Array.from(want.data, (x) => (Number.isFinite(x) ? Math.abs(x) : 0)));
    array.data.forEach((value, at) => {
      const expected = want.data[at] as number;
      const same = Object.is(value, expected) || value === expected || Math.abs(value - expected) <= tolerance * scale;
      if (!same) throw new Error(`Result ${i}, element ${at}: XLA ${value}, jax-js ${expected}`);
    });
  });
  return xla;
}
