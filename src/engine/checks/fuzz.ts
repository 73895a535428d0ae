/** Random programs, compiled for several devices and compared with jax-js; what fails is made small. */
import { messageOf, Rng, UserError, type HostArray, type ProgressFn } from "../../util/index.js";
import { pickDevice, type Device } from "../device.js";
import { valueAndGrad } from "../grad.js";
import { printGraph } from "../print-graph.js";
import type { Tensor } from "../tensor.js";
import { traceGraph } from "../trace-graph.js";
import { firstDifference, resultsOn, type Traceable } from "./compare.js";
import { randomInputs, randomProgram } from "./random-programs.js";

/** The numbers that steer a program, and whether its gradient is wanted instead of its values. */
export interface FuzzProgram {
  readonly numbers: readonly number[];
  readonly gradient: boolean;
}

export interface FuzzFailure {
  readonly device: string;
  readonly program: FuzzProgram;
  /** What is wrong. */
  readonly reason: string;
  /** The program's graph, or why it has none. */
  readonly graph: string;
}

export interface FuzzReport {
  readonly devices: readonly string[];
  readonly seed: number;
  readonly programs: number;
  /** Programs that jax-js itself cannot run. */
  readonly withoutReference: number;
  /** Programs that a device refuses, by the reason that it gives. */
  readonly refused: Readonly<Record<string, number>>;
  /** Programs where a change of the inputs in the last bits changes the results by as much as the devices differ. */
  readonly illConditioned: number;
  readonly failures: readonly FuzzFailure[];
}

/** So many programs share one compilation. */
const perBatch = 10;
const tolerance = 1e-4;

function traceable({ numbers, gradient }: FuzzProgram): Traceable {
  if (!gradient) return (...inputs) => randomProgram(numbers, { inputs, differentiable: false });
  return (...inputs) => {
    const [floats, others] = [inputs.filter(({ dtype }) => dtype === "float32"), inputs.filter(({ dtype }) => dtype !== "float32")];
    const last = (leaves: Tensor[]): Tensor => randomProgram(numbers, { inputs: [...leaves, ...others], differentiable: true }).at(-1) as Tensor;
    const [loss, gradients] = valueAndGrad((leaves: Tensor[]) => last(leaves).astype("float32").tanh().sum())(floats);
    return [loss, ...gradients];
  };
}

const all =
  (programs: readonly FuzzProgram[]): Traceable =>
  (...inputs) =>
    programs.flatMap((program) => traceable(program)(...inputs));

/** The inputs, moved by a few units in the last place. */
function nudged(inputs: readonly HostArray[]): HostArray[] {
  return inputs.map((array) => (array.dtype === "float32" ? { ...array, data: Float32Array.from(array.data, (value, i) => value * (1 + (i % 2 === 0 ? 2e-6 : -2e-6))) } : array));
}

type Verdict = { readonly kind: "agrees" | "ill-conditioned" | "no reference" } | { readonly kind: "refused" | "fails"; readonly reason: string };

async function judge(program: FuzzProgram, { inputs, device }: { inputs: readonly HostArray[]; device: Device }): Promise<Verdict> {
  const fn = traceable(program);
  const expected = await resultsOn(fn, { inputs, device: "jax-js" }).catch(() => undefined);
  if (expected === undefined) return { kind: "no reference" };
  try {
    const found = firstDifference(await resultsOn(fn, { inputs, device }), { expected, tolerance });
    if (found === undefined) return { kind: "agrees" };
    const moved = await resultsOn(fn, { inputs: nudged(inputs), device: "jax-js" });
    return firstDifference(moved, { expected, tolerance: tolerance / 3 }) === undefined ? { kind: "fails", reason: `result ${found.result}: ${found.text}` } : { kind: "ill-conditioned" };
  } catch (error) {
    return { kind: error instanceof UserError ? "refused" : "fails", reason: messageOf(error) };
  }
}

/** Fewer operations, then zeros for numbers, as long as the program still fails. */
async function shrink(program: FuzzProgram, { reason, ...where }: { reason: string; inputs: readonly HostArray[]; device: Device }): Promise<{ program: FuzzProgram; reason: string }> {
  let best = { program, reason };
  const attempt = async (numbers: readonly number[]): Promise<boolean> => {
    const smaller = { ...program, numbers };
    const verdict = await judge(smaller, where);
    if (verdict.kind !== "fails") return false;
    best = { program: smaller, reason: verdict.reason };
    return true;
  };
  const [first = 0, ...rest] = program.numbers;
  for (let count = 0; count < first % 8; count++) if (await attempt([count, ...rest])) break;
  while (best.program.numbers.length > 1 && (await attempt(best.program.numbers.slice(0, -1))));
  for (let i = 1; i < best.program.numbers.length; i++) if (best.program.numbers[i] !== 0) await attempt(best.program.numbers.with(i, 0));
  return best;
}

async function describeFailure(program: FuzzProgram, { reason, inputs, device }: { reason: string; inputs: readonly HostArray[]; device: Device }): Promise<FuzzFailure> {
  const small = await shrink(program, { reason, inputs, device });
  const graph = await traceGraph(traceable(small.program), inputs as HostArray[]).then(printGraph, messageOf);
  return { device, program: small.program, reason: small.reason, graph };
}

type Findings = Pick<FuzzReport, "withoutReference" | "refused" | "illConditioned" | "failures">;

/** Checks programs on devices; one compilation for all of them unless something is wrong. */
export async function checkPrograms(programs: readonly FuzzProgram[], { devices, inputs }: { devices: readonly Device[]; inputs: readonly HostArray[] }): Promise<Findings> {
  const fn = all(programs);
  const expected = await resultsOn(fn, { inputs, device: "jax-js" }).catch(() => undefined);
  const failures: FuzzFailure[] = [];
  const refused: Record<string, number> = {};
  let [withoutReference, illConditioned] = [0, 0];
  for (const device of devices) {
    const actual = expected === undefined ? undefined : await resultsOn(fn, { inputs, device }).catch(() => undefined);
    if (expected !== undefined && actual !== undefined && firstDifference(actual, { expected, tolerance }) === undefined) continue;
    for (const program of programs) {
      const verdict = await judge(program, { inputs, device });
      if (verdict.kind === "no reference") withoutReference++;
      else if (verdict.kind === "ill-conditioned") illConditioned++;
      else if (verdict.kind === "refused") refused[verdict.reason] = (refused[verdict.reason] ?? 0) + 1;
      else if (verdict.kind === "fails") failures.push(await describeFailure(program, { reason: verdict.reason, inputs, device }));
    }
  }
  return { withoutReference, refused, illConditioned, failures };
}

/** A program from steering numbers: every fourth is a gradient. */
export function programOf(numbers: readonly number[], index: number): FuzzProgram {
  return { numbers, gradient: index % 4 === 3 };
}

function sums(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries([...new Set([...Object.keys(a), ...Object.keys(b)])].map((key) => [key, (a[key] ?? 0) + (b[key] ?? 0)]));
}

/**
 * Makes random programs and compares their results on the devices with those of jax-js.
 *
 * @example const { failures } = await fuzz({ count: 20_000, devices: ["xla"] })
 */
export async function fuzz({ count, seed = 0, devices = ["auto"], onProgress }: { count: number; seed?: number; devices?: readonly Device[]; onProgress?: ProgressFn }): Promise<FuzzReport> {
  const picked = await Promise.all(devices.map(async (device) => (await pickDevice(device)).device));
  const rng = new Rng(seed);
  let report: FuzzReport = { devices: picked, seed, programs: 0, withoutReference: 0, refused: {}, illConditioned: 0, failures: [] };
  while (report.programs < count) {
    const size = Math.min(perBatch, count - report.programs);
    const programs = Array.from({ length: size }, (_, i) => programOf(Array.from({ length: 60 }, () => rng.int(1_000_000)), report.programs + i));
    const found = await checkPrograms(programs, { devices: picked, inputs: randomInputs(seed + report.programs) });
    report = {
      ...report,
      programs: report.programs + size,
      withoutReference: report.withoutReference + found.withoutReference,
      refused: sums(report.refused, found.refused),
      illConditioned: report.illConditioned + found.illConditioned,
      failures: [...report.failures, ...found.failures],
    };
    onProgress?.({ done: report.programs, total: count, label: `${report.failures.length} failures` });
  }
  return report;
}
