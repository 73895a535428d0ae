/** Runs one function on a device and on jax-js, the reference, and tells where they differ. */
import { compile } from "../compile.js";
import type { Device } from "../device.js";
import { describe, type HostArray } from "../host-array.js";
import type { Tensor } from "../tensor.js";

export type Traceable = (...inputs: Tensor[]) => readonly Tensor[];

export interface Comparison {
  readonly inputs: readonly HostArray[];
  readonly device: Device;
  /** Relative to the largest element of a result, or to 1. */
  readonly tolerance?: number;
}

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
    if (describe(array) !== describe(want)) return { result, text: `${describe(array)}, expected ${describe(want)}` };
    const scale = array.dtype === "float32" ? tolerance * (want.data as Float32Array).reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 1) : 0;
    const at = array.data.findIndex((value, i) => {
      const wanted = want.data[i] as number;
      return !(Object.is(value, wanted) || value === wanted || Math.abs(value - wanted) <= scale);
    });
    if (at >= 0) return { result, text: `element ${at} is ${array.data[at]}, expected ${want.data[at]}` };
  }
  return undefined;
}

/** How the device's results differ from those of jax-js; "" if they agree. */
export async function difference(fn: Traceable, { inputs, device, tolerance = 1e-5 }: Comparison): Promise<string> {
  const actual = await resultsOn(fn, { inputs, device });
  const found = firstDifference(actual, { expected: await resultsOn(fn, { inputs, device: "jax-js" }), tolerance });
  return found === undefined ? "" : `Result ${found.result} on ${device}: ${found.text}`;
}
