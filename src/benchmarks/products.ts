/** What no compiler gets under: the matrix products of an update, at the speed that products have on this machine. */
import { compileStep, hostArray, type Device, type Graph, type Tensor } from "../engine/index.js";
import { median } from "../stats/index.js";
import { Rng } from "../util/index.js";

/** The matrix products of an update. */
export interface ProductFloor {
  /** Billion multiplications and additions in all products of one update. */
  readonly gflop: number;
  /** Billions a second that products of (batch, hidden) by (hidden, hidden) alone reach on the same device. */
  readonly gflopPerSecond: number;
  /** One over the other, in milliseconds. */
  readonly ms: number;
}

/** Multiplications and additions of the products of a program, in billions. */
export function productGflop({ nodes }: Graph): number {
  let flops = 0;
  for (const node of nodes) {
    if (node.op !== "dot") continue;
    const { contract } = node.attributes as { contract: readonly [readonly number[], readonly number[]] };
    const left = node.inputs[0] as { readonly shape: readonly number[] };
    flops += 2 * contract[0].reduce((size, axis) => size * (left.shape[axis] as number), 1) * node.shape.reduce((size, length) => size * length, 1);
  }
  return flops / 1e9;
}

/** Speed of products alone: a chain of them, each reading the result of the one before, with nothing in between. */
export async function productSpeed({ batch, hidden }: { batch: number; hidden: number }, { device, rounds }: { device: Device; rounds: number }): Promise<number> {
  const chain = 40;
  const rng = new Rng(0);
  const normal = (rows: number, scale: number): Float32Array => rng.fillNormal(new Float32Array(rows * hidden)).map((value) => value * scale);
  const x = hostArray([batch, hidden], normal(batch, 1));
  const w = hostArray([hidden, hidden], normal(hidden, 1 / Math.sqrt(hidden)));
  const step = await compileStep(
    (state: { x: Tensor }, input: { w: Tensor }) => ({ state: { x: Array.from({ length: chain }).reduce<Tensor>((h) => h.matmul(input.w), state.x) }, metrics: {} }),
    { state: { x }, batch: { w } },
    { device },
  );
  try {
    const seconds: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      // Values shrink or grow slowly along the chain: each round starts anew.
      await step.writeState({ x });
      const started = performance.now();
      await step.run({ w });
      if (round > 0) seconds.push((performance.now() - started) / 1000);
    }
    return (chain * 2 * batch * hidden * hidden) / 1e9 / median(seconds);
  } finally {
    step.dispose();
  }
}
