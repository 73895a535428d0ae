import { availableParallelism } from "node:os";
import { updateParts, type LlmdpdBatch, type LlmdpdState } from "../algorithms/index.js";
import { compileStep, hostArray, traceGraph, treeLeaves, type Device, type HostArray, type Step, type Tensor, type Tree } from "../engine/index.js";
import { median } from "../stats/index.js";
import { Rng } from "../util/index.js";
import { productGflop, productSpeed, type ProductFloor } from "./products.js";
import { ownSide, stepCase, type StepShape } from "./step-case.js";

/** What one part of an update costs. */
export interface ProfileRow {
  readonly part: string;
  /** Median milliseconds by the clock. */
  readonly ms: number;
  /** Share of the whole, host included. */
  readonly share: number;
}

/** The cost of an update by parts; the rows add up to `totalMs`. */
export interface StepProfile {
  readonly device: string;
  readonly totalMs: number;
  readonly rows: readonly ProfileRow[];
  /** The matrix products alone: no update can be faster. */
  readonly products: ProductFloor;
}

export interface StepProfileOptions {
  readonly device?: Device;
  /** Times that the programs take their turn (default 12). */
  readonly rounds?: number;
  /** Updates in a turn (default 5). */
  readonly steps?: number;
  readonly say?: (line: string) => void;
}

type Batch = LlmdpdBatch<HostArray>;
type Scratch = { readonly state: LlmdpdState<HostArray>; readonly kept: Readonly<Record<string, HostArray>> };

/**
 * Where the time of an update goes: the update is compiled once per part, cut off after it, the programs run in turns,
 * and a part costs what its program takes more than the one before. The batch is assembled while nothing else runs and
 * counted by itself.
 *
 * It runs on all cores of the process.
 *
 * @example (await profileStep({ batch: 256, hidden: 256, trajectory: true })).rows
 */
export async function profileStep(shape: Omit<StepShape, "threads">, { device = "auto", rounds = 12, steps = 5, say = () => undefined }: StepProfileOptions = {}): Promise<StepProfile> {
  const benchCase = stepCase({ ...shape, threads: availableParallelism() });
  const { method, sampler } = ownSide(benchCase, { buffers: 3 });
  const parts = updateParts(benchCase.config);
  const programs: Step<Scratch, Batch>[] = [];
  try {
    for (const [i, { part, upTo }] of parts.entries()) {
      say(`compiling ${i + 1} of ${parts.length}: ${part}`);
      programs.push(await compilePart(upTo, { state: method.initState(new Rng(0)), batch: method.exampleBatch(), device }));
    }
    const batch = sampler.sample(0);
    const taken = programs.map((): number[] => []);
    const sampling: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      say(`round ${round} of ${rounds}`);
      for (const [i, program] of programs.entries()) {
        const ms = await timed(steps, () => program.run(batch));
        if (round > 0) taken[i]?.push(ms);
      }
      const ms = await timed(steps, async () => sampler.sample(round));
      if (round > 0) sampling.push(ms);
    }
    say("matrix products alone");
    const gflop = productGflop(await traceGraph(method.update as unknown as (...args: Tensor[]) => Tree<Tensor>, [method.initState(new Rng(0)), method.exampleBatch()] as never));
    const gflopPerSecond = await productSpeed(shape, { device, rounds: 2 * rounds });
    return {
      ...profileOf(parts.map(({ part }) => part), { device: programs[0]?.device.device ?? device, upTo: taken.map(median), sampling: median(sampling) }),
      products: { gflop, gflopPerSecond, ms: (1000 * gflop) / gflopPerSecond },
    };
  } finally {
    for (const program of programs) program.dispose();
  }
}

/** The program of a part as a step: what it computes takes the place of arrays of the same shapes in its state. */
async function compilePart(
  upTo: (state: LlmdpdState, batch: LlmdpdBatch<Tensor>) => Tree<Tensor>,
  { state, batch, device }: { state: LlmdpdState<HostArray>; batch: Batch; device: Device },
): Promise<Step<Scratch, Batch>> {
  const traced = upTo as unknown as (...args: Tensor[]) => Tree<Tensor>;
  const { outputs } = await traceGraph(traced, [state, batch] as never);
  const kept = Object.fromEntries(outputs.map(({ shape, dtype }, i) => [`x${i}`, zeros(shape, dtype)]));
  return compileStep<Scratch, Batch>(
    (scratch, input) => {
      const results = treeLeaves<Tensor>(upTo(scratch.state, input));
      return { state: { state: scratch.state, kept: Object.fromEntries(results.map((result, i) => [`x${i}`, result])) }, metrics: {} };
    },
    { state: { state, kept }, batch },
    { device },
  );
}

function zeros(shape: readonly number[], dtype: string): HostArray {
  const size = shape.reduce((product, length) => product * length, 1);
  return hostArray(shape, dtype === "int32" ? new Int32Array(size) : new Float32Array(size));
}

async function timed(steps: number, run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  for (let i = 0; i < steps; i++) await run();
  return (performance.now() - started) / steps;
}

/** Differences between programs `upTo` each part, one after the other. Noise can make a part that costs nothing slightly negative: it is shown so. */
export function profileOf(parts: readonly string[], { device, upTo, sampling }: { device: string; upTo: readonly number[]; sampling: number }): Omit<StepProfile, "products"> {
  const totalMs = (upTo.at(-1) as number) + sampling;
  const row = (part: string, ms: number): ProfileRow => ({ part, ms, share: ms / totalMs });
  return { device, totalMs, rows: [row("batch on the host", sampling), ...parts.map((part, i) => row(part, (upTo[i] as number) - (upTo[i - 1] ?? 0)))] };
}
