import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drawGoals, taskNames } from "../envs/index.js";
import { median } from "../stats/index.js";
import { UserError, projectRoot, workerUrl, type ProgressFn } from "../util/index.js";
import { pinning } from "./cores.js";
import { benchPython } from "./environment.js";
import { Peer } from "./peer.js";

/** Our environment, MuJoCo's calls alone, Meta-World's Python package, our environment on the WebAssembly build. */
export const envSides = ["ours", "physics", "python", "wasm"] as const;
export type EnvSide = (typeof envSides)[number];

/** Environment steps per second of each side, by the clock; null where a side was left out. */
export type EnvSpeeds = Readonly<Record<EnvSide, number | null>>;

/** One task: medians over the rounds, with the same by processor time, which other load disturbs less. */
export interface EnvRow extends EnvSpeeds {
  readonly task: string;
  readonly cpu: EnvSpeeds;
}

/** How many times as fast one side is as another. */
export interface EnvRatios {
  readonly oursOverPhysics: number | null;
  readonly oursOverPython: number | null;
  readonly wasmOverPython: number | null;
}

export interface EnvBench {
  readonly tasks: readonly EnvRow[];
  /** Medians over the tasks. */
  readonly median: EnvSpeeds;
  /** Ratios within each task: their medians and least values, by the clock and by processor time. */
  readonly ratios: { readonly median: EnvRatios; readonly least: EnvRatios; readonly cpuMedian: EnvRatios; readonly cpuLeast: EnvRatios };
  readonly steps: number;
  readonly rounds: number;
  readonly pinned: boolean;
}

export interface EnvBenchOptions {
  /** Task names (default all fifty). */
  readonly tasks?: readonly string[];
  /** Environment steps in a block, at most 500 (default 200). */
  readonly steps?: number;
  /** Blocks of each side; the figure is their median (default 5). */
  readonly rounds?: number;
  /** Sides to time (default all). */
  readonly sides?: readonly EnvSide[];
  readonly onProgress?: ProgressFn;
}

interface Block {
  readonly ms: number;
  readonly cpuMs: number;
  readonly qpos: readonly number[];
}

const startMs = 120_000;
const blockMs = 120_000;
/** Blocks that each side plays before it is timed: a task's code is compiled in its first thousand steps. */
const warmUpBlocks = 6;
/** Joint positions at the end of a block may differ by this much between our environment and Python's: contacts amplify the last bits. */
const sameEnd = 1e-6;

/**
 * Times the simulator with the expert acting, resets left out: each side is a process of its own, all play the same
 * episode of a task, in turns, while the others sleep. The bare physics replays what our environment wrote.
 *
 * @throws UserError if the sides do not end in the same state, or the environment of the peers is not set up
 */
export async function benchEnvs({ tasks = taskNames, steps = 200, rounds = 5, sides = envSides, onProgress }: EnvBenchOptions = {}): Promise<EnvBench> {
  const python = sides.includes("python") ? await benchPython() : "";
  const pin = pinning(1);
  const peers = new Map(sides.map((side) => [side, startSide(side, { pin, python })]));
  try {
    const rows: EnvRow[] = [];
    for (const task of tasks) {
      onProgress?.({ done: rows.length, total: tasks.length, label: "bench env", detail: task });
      rows.push(await benchTask(task, { peers, steps, rounds }));
    }
    onProgress?.({ done: tasks.length, total: tasks.length, label: "bench env" });
    return { tasks: rows, median: medianSpeeds(rows), ratios: summary(rows), steps, rounds, pinned: pin.length > 0 };
  } finally {
    for (const peer of peers.values()) peer.stop();
  }
}

function startSide(side: EnvSide, { pin, python }: { pin: readonly string[]; python: string }): Peer {
  if (side !== "python") return new Peer(side, [...pin, process.execPath, fileURLToPath(workerUrl(import.meta.url, "./env-peer.js")), side]);
  const script = join(projectRoot(), "src", "benchmarks", "python", "env_peer.py");
  return new Peer(side, [...pin, python, script], { env: { OMP_NUM_THREADS: "1", PYTHONDONTWRITEBYTECODE: "1" } });
}

async function benchTask(task: string, { peers, steps, rounds }: { peers: ReadonlyMap<EnvSide, Peer>; steps: number; rounds: number }): Promise<EnvRow> {
  const randVec = [...(drawGoals(task, { seed: 0, count: 1 })[0] as Float64Array)];
  const blocks = new Map<EnvSide, Block[]>();
  const ends = new Map<EnvSide, readonly number[]>();
  for (const [side, peer] of peers) {
    await peer.request({ do: "start", task, randVec, steps }, { timeoutMs: startMs });
    // All play the same episode; the engine compiles what is hot.
    for (let i = 0; i < warmUpBlocks; i++) ends.set(side, (await peer.request<Block>({ do: "time" }, { timeoutMs: blockMs })).qpos);
    blocks.set(side, []);
  }
  demandSameEnd(ends, { task });
  for (let round = 0; round < rounds; round++) {
    for (const [side, peer] of round % 2 === 0 ? [...peers] : [...peers].toReversed()) blocks.get(side)?.push(await peer.request<Block>({ do: "time" }, { timeoutMs: blockMs }));
  }
  const speeds = (read: (block: Block) => number): EnvSpeeds => eachSide((side) => {
    const list = blocks.get(side);
    return list === undefined ? null : (1000 * steps) / median(list.map(read));
  });
  return { task, ...speeds(({ ms }) => ms), cpu: speeds(({ cpuMs }) => cpuMs) };
}

/** The WebAssembly build resolves some contacts in another order: it is not judged here. */
function demandSameEnd(ends: ReadonlyMap<EnvSide, readonly number[]>, { task }: { task: string }): void {
  const ours = ends.get("ours");
  for (const side of ["physics", "python"] as const) {
    const theirs = ends.get(side);
    if (ours === undefined || theirs === undefined) continue;
    const apart = Math.max(...ours.map((value, i) => Math.abs(value - (theirs[i] ?? NaN))));
    if (!(apart <= sameEnd)) throw new UserError(`Cannot compare "${task}" with ${side}: joint positions at the end must agree within ${sameEnd}, got ${apart.toExponential(1)} apart.`);
  }
}

function eachSide(read: (side: EnvSide) => number | null): EnvSpeeds {
  return { ours: read("ours"), physics: read("physics"), python: read("python"), wasm: read("wasm") };
}

function medianSpeeds(rows: readonly EnvSpeeds[]): EnvSpeeds {
  return eachSide((side) => over(rows.map((row) => row[side]), median));
}

function over(values: readonly (number | null)[], reduce: (values: readonly number[]) => number): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : reduce(known);
}

/** The ratios of one row. */
export function envRatios(row: EnvSpeeds): EnvRatios {
  const ratio = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a / b);
  return { oursOverPhysics: ratio(row.ours, row.physics), oursOverPython: ratio(row.ours, row.python), wasmOverPython: ratio(row.wasm, row.python) };
}

function summary(rows: readonly EnvRow[]): EnvBench["ratios"] {
  const reduced = (ratios: readonly EnvRatios[], reduce: (values: readonly number[]) => number): EnvRatios => ({
    oursOverPhysics: over(ratios.map((row) => row.oursOverPhysics), reduce),
    oursOverPython: over(ratios.map((row) => row.oursOverPython), reduce),
    wasmOverPython: over(ratios.map((row) => row.wasmOverPython), reduce),
  });
  const clock = rows.map(envRatios);
  const cpu = rows.map((row) => envRatios(row.cpu));
  const least = (values: readonly number[]): number => Math.min(...values);
  return { median: reduced(clock, median), least: reduced(clock, least), cpuMedian: reduced(cpu, median), cpuLeast: reduced(cpu, least) };
}
