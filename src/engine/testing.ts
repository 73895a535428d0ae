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

type Traceable = (...inputs: Tensor[]) => readonly Tensor[];

async function run(fn: Traceable, { inputs, device }: { inputs: HostArray[]; device: "xla" | "jax-js" }): Promise<HostArray[]> {
  const compiled = await compile(fn, inputs, { device });
  const results = await compiled(...inputs);
  compiled.dispose();
  return [...results];
}

const described = ({ shape, dtype }: HostArray): string => `${dtype} (${shape.join(", ")})`;

/** The first place where results differ by more than the tolerance, relative to the largest element; "" if they agree. */
function firstDifference(actual: readonly HostArray[], { expected, tolerance }: { expected: readonly HostArray[]; tolerance: number }): string {
  for (const [i, array] of actual.entries()) {
    const want = expected[i] as HostArray;
    if (described(array) !== described(want)) return `Result ${i}: ${described(array)}, expected ${described(want)}`;
    const scale = Math.max(1, ...Array.from(want.data, (value) => (Number.isFinite(value) ? Math.abs(value) : 0)));
    for (const [at, value] of array.data.entries()) {
      const wanted = want.data[at] as number;
      const same = Object.is(value, wanted) || value === wanted || Math.abs(value - wanted) <= tolerance * scale;
      if (!same) return `Result ${i}, element ${at}: ${value}, expected ${wanted}`;
    }
  }
  return "";
}

/** How XLA's results differ from those of jax-js; "" if they agree. */
export async function difference(fn: Traceable, inputs: HostArray[], tolerance = 1e-5): Promise<string> {
  const actual = await run(fn, { inputs, device: "xla" });
  return firstDifference(actual, { expected: await run(fn, { inputs, device: "jax-js" }), tolerance });
}

/** XLA's results, after those of jax-js have agreed. */
export async function onBoth(fn: Traceable, inputs: HostArray[], tolerance = 1e-5): Promise<HostArray[]> {
  expect(await difference(fn, inputs, tolerance)).toBe("");
  return run(fn, { inputs, device: "xla" });
}
