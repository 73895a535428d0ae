/** For tests only: runs one function on several devices and compares. */
import { hostArray, Rng, sizeOf, type HostArray } from "../util/index.js";
import { firstDifference, resultsOn, type Traceable } from "./checks/compare.js";
import type { Device } from "./device.js";

/** The devices whose results are compared with those of jax-js wherever this package is tested. */
export const testedDevices = ["xla:cpu", "tfjs:js", "onnx:cpu"] as const satisfies readonly Device[];

/** Standard normal numbers of a shape. */
export function normal(shape: readonly number[], seed = 0): HostArray {
  return hostArray(shape, new Rng(seed).fork(...shape).fillNormal(new Float32Array(sizeOf(shape))));
}

/** How the results of the tested devices differ from those of jax-js; "" if all agree. */
export async function difference(fn: Traceable, inputs: readonly HostArray[], tolerance = 1e-5): Promise<string> {
  const expected = await resultsOn(fn, { inputs, device: "jax-js" });
  const found: string[] = [];
  for (const device of testedDevices) {
    const other = firstDifference(await resultsOn(fn, { inputs, device }), { expected, tolerance });
    if (other !== undefined) found.push(`Result ${other.result} on ${device}: ${other.text}`);
  }
  return found.join("\n");
}
