import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { locomotionRobots } from "../envs/index.js";
import { median } from "../stats/index.js";
import { Rng, UserError, projectRoot, workerUrl, type ProgressFn } from "../util/index.js";
import { machine, pinning } from "./cores.js";
import { benchPython, simulatorPins } from "./environment.js";
import { Peer } from "./peer.js";
import { commit } from "./step-report.js";

/** Our robots on the native library and on WebAssembly, bare calls of MuJoCo; Gymnasium's with the wrappers of `make`, and its classes alone. */
export const locomotionSides = ["ours", "physics", "wasm", "make", "class"] as const;
export type LocomotionSide = (typeof locomotionSides)[number];

/** Environment steps per second of one robot: medians over the blocks, by the clock and by processor time. */
export interface LocomotionBenchRow {
  readonly robot: string;
  readonly clock: Readonly<Record<LocomotionSide, number>>;
  readonly cpu: Readonly<Record<LocomotionSide, number>>;
}

export interface LocomotionBench {
  readonly robots: readonly LocomotionBenchRow[];
  readonly steps: number;
  readonly rounds: number;
  readonly pinned: boolean;
}

export interface LocomotionBenchOptions {
  /** Steps in a block (default 2000). */
  readonly steps?: number;
  /** Blocks of each side (default 7). */
  readonly rounds?: number;
  readonly onProgress?: ProgressFn;
}

interface Block {
  readonly ms: number;
  readonly cpuMs: number;
  readonly qpos: readonly number[];
  readonly resets: number;
}

const timeoutMs = 120_000;
/** Blocks before timing begins, in which the engine compiles what is hot. */
const warmUpBlocks = 3;
/** Gymnasium's names of our robots. */
const gymnasiumNames: Readonly<Record<string, string>> = { hopper: "Hopper", halfcheetah: "HalfCheetah", walker2d: "Walker2d" };

/**
 * Times the three robots (v5) with the same seeded random actions, resets after a fall included: each side is a process
 * of its own, in turns, while the others sleep.
 *
 * @throws UserError if the native sides do not end in the same pose, or the environment of the peers is not set up
 */
export async function benchLocomotion({ steps = 2000, rounds = 7, onProgress }: LocomotionBenchOptions = {}): Promise<LocomotionBench> {
  const python = await benchPython();
  const pin = pinning(1);
  const ours = (side: LocomotionSide): readonly string[] => [process.execPath, fileURLToPath(workerUrl(import.meta.url, "./locomotion-peer.js")), side];
  const theirs = (side: LocomotionSide): readonly string[] => [python, join(projectRoot(), "src", "benchmarks", "python", "locomotion_peer.py"), side];
  const peers = locomotionSides.map((side) => [side, new Peer(side, [...pin, ...(side === "make" || side === "class" ? theirs(side) : ours(side))], { env: { OMP_NUM_THREADS: "1", PYTHONDONTWRITEBYTECODE: "1" } })] as const);
  try {
    const robots: LocomotionBenchRow[] = [];
    for (const { name } of locomotionRobots) {
      onProgress?.({ done: robots.length, total: locomotionRobots.length, label: "bench locomotion", detail: name });
      robots.push(await benchRobot(name, { peers, steps, rounds }));
    }
    onProgress?.({ done: robots.length, total: robots.length, label: "bench locomotion" });
    return { robots, steps, rounds, pinned: pin.length > 0 };
  } finally {
    for (const [, peer] of peers) peer.stop();
  }
}

async function benchRobot(robot: string, { peers, steps, rounds }: { peers: readonly (readonly [LocomotionSide, Peer])[]; steps: number; rounds: number }): Promise<LocomotionBenchRow> {
  const { actionDim } = locomotionRobots.find(({ name }) => name === robot) as (typeof locomotionRobots)[number];
  const rng = new Rng(0).fork("bench", robot);
  const actions = Array.from({ length: steps }, () => [...rng.fillUniform(new Float64Array(actionDim), { low: -1, high: 1 })]);
  const blocks = new Map<LocomotionSide, Block[]>();
  const time = (peer: Peer): Promise<Block> => peer.request<Block>({ do: "time" }, { timeoutMs });
  for (const [side, peer] of peers) {
    await peer.request({ do: "start", robot: gymnasiumNames[robot], actions }, { timeoutMs });
    for (let i = 0; i < warmUpBlocks; i++) await time(peer);
    blocks.set(side, []);
  }
  for (let round = 0; round < rounds; round++) for (const [side, peer] of round % 2 === 0 ? peers : peers.toReversed()) blocks.get(side)?.push(await time(peer));
  demandSameEnd(blocks, robot);
  const speeds = (read: (block: Block) => number): LocomotionBenchRow["clock"] =>
    Object.fromEntries([...blocks].map(([side, list]) => [side, (1000 * steps) / median(list.map(read))])) as Record<LocomotionSide, number>;
  return { robot, clock: speeds(({ ms }) => ms), cpu: speeds(({ cpuMs }) => cpuMs) };
}

/** All native sides run the same library: after thousands of steps they are in the same pose. */
function demandSameEnd(blocks: ReadonlyMap<LocomotionSide, readonly Block[]>, robot: string): void {
  const [ours] = blocks.get("ours") ?? [];
  for (const side of ["physics", "make", "class"] as const) {
    const [theirs] = blocks.get(side) ?? [];
    const apart = Math.max(...(ours?.qpos ?? []).map((value, i) => Math.abs(value - (theirs?.qpos[i] ?? NaN))));
    if (!(apart <= 1e-6) || ours?.resets !== theirs?.resets) throw new UserError(`Cannot compare "${robot}" with Gymnasium: poses after the last step must agree within 1e-6, got ${apart.toExponential(1)} apart after ${ours?.resets} and ${theirs?.resets} resets.`);
  }
}

const widths = [22, 8, 9, 8, 11, 11, 12, 11, 12];

/** The speeds as a table for people, with commit, machine and load. */
export function locomotionTable({ robots, steps, rounds, pinned }: LocomotionBench): string {
  const { cpu, cores, load } = machine();
  const line = (cells: readonly string[]): string => cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number))).join("");
  const numbers = (speeds: LocomotionBenchRow["clock"]): string[] => [
    ...[speeds.ours, speeds.physics, speeds.wasm, speeds.make, speeds.class].map((value) => value.toFixed(0)),
    ...[speeds.ours / speeds.physics, speeds.ours / speeds.make, speeds.ours / speeds.class].map((ratio) => ratio.toFixed(2)),
  ];
  return [
    line(["robot", "ours", "physics", "wasm", "Gymnasium", "its class", "ours/phys.", "ours/Gym.", "ours/class"]),
    ...robots.flatMap((row) => [line([row.robot, ...numbers(row.clock)]), line(["  by processor time", ...numbers(row.cpu)])]),
    "",
    `Environment steps per second (v5) with the same random actions, resets after falls included: medians of ${rounds} blocks of ${steps} steps, in turns, one process each${pinned ? ", pinned to one core" : ""}.`,
    `Gymnasium: ${simulatorPins.gymnasium} on mujoco ${simulatorPins.mujoco}, as gymnasium.make gives it; its class: without the wrappers of make; physics: the same steps as calls of MuJoCo alone.`,
    `Commit ${commit()}, ${cpu}, ${cores} cores, load ${load.toFixed(1)}, Node ${process.version}.`,
  ].join("\n");
}
