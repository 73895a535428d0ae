/** Runs one function on a device and on jax-js, the reference, and tells where they differ. */
import { compile } from "../compile.js";
import type { Device } from "../device.js";
import { describeArray, type HostArray } from "../../util/index.js";
import type { Tensor } from "../tensor.js";

export type Traceable = (...inputs: Tensor[]) => readonly Tensor[];

/** The results of a function on a device. */
export async function resultsOn(fn: Traceable, { inputs, device }: { inputs: readonly HostArray[]; device: Device }): Promise<readonly HostArray[]> {
  const compiled = await compile(fn, inputs, { device });
  try {
    return await compiled(...inputs);
  } finally {
    compiled.dispose();
  }
}

/** The first place where results differ. */
export interface Difference {
  readonly result: number;
  readonly text: string;
}

/** The first result, and its first element, that differs from the expected by more than the tolerance; undefined if none does. */
export function firstDifference(actual: readonly HostArray[], { expected, tolerance = 1e-5 }: { expected: readonly HostArray[]; tolerance?: number }): Difference | undefined {
  for (const [result, array] of actual.entries()) {
    const want = expected[result] as HostArray;
    if (describeArray(array) !== describeArray(want)) return { result, text: `${describeArray(array)}, expected ${describeArray(want)}` };
    const scale = array.dtype === "float32" ? tolerance * (want.data as Float32Array).reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 1) : 0;
    const at = array.data.findIndex((value, i) => {
      const wanted = want.data[i] as number;
      return !(Object.is(value, wanted) || value === wanted || Math.abs(value - wanted) <= scale);
    });
    if (at >= 0) return { result, text: `element ${at} is ${array.data[at]}, expected ${want.data[at]}` };
  }
  return undefined;
}
