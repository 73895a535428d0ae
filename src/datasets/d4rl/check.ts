import { type RobotName, type SimulationBackend, createLocomotionEnv } from "../../envs/index.js";
import { type Trajectory, returnOf } from "../trajectory.js";
import type { D4rlData } from "./data.js";
import { normalizedScore } from "./scores.js";
import { episodeRanges } from "./views.js";

/** One of the checks, with what it found. */
export interface D4rlCheck {
  readonly name: "rows differ" | "resets lie together" | "states give observations";
  /** Undefined where the file lacks what the check needs. */
  readonly passed: boolean | undefined;
  readonly detail: string;
}

/**
 * The checks that D4RL's makers ran on their files: first, middle and last row differ in every array; all resets lie
 * near the first; and a simulation that is put into the recorded positions and velocities shows the recorded
 * observation (squared error below 1e-8). Equal lengths are checked when the file is read.
 *
 * @example (await checkD4rl(data)).every(({ passed }) => passed !== false)
 */
export async function checkD4rl(data: D4rlData, { states = 10_000, backend = "auto" }: { /** Rows whose state is tried, evenly spread. */ states?: number; backend?: SimulationBackend | "auto" } = {}): Promise<D4rlCheck[]> {
  return [checkRows(data), checkResets(data), await checkStates(data, { states, backend })];
}

type Rows = { readonly length: number; readonly [index: number]: number | bigint };

function checkRows({ rows, observations, actions, infos }: D4rlData): D4rlCheck {
  const name = "rows differ";
  if (rows < 3) return { name, passed: undefined, detail: "fewer than three rows" };
  const arrays: [string, Rows][] = [["observations", observations], ["actions", actions]];
  for (const info of ["qpos", "qvel"]) if (infos[info] !== undefined) arrays.push([`infos/${info}`, infos[info].data]);
  const chosen = [0, Math.floor(rows / 2), rows - 1];
  for (const [field, values] of arrays) {
    const width = values.length / rows;
    const same = (one: number, two: number): boolean => Array.from({ length: width }, (_, i) => values[one * width + i] === values[two * width + i]).every(Boolean);
    for (const [one, two] of [[0, 1], [0, 2], [1, 2]] as const) {
      const [first, second] = [chosen[one] as number, chosen[two] as number];
      if (same(first, second)) return { name, passed: false, detail: `rows ${first} and ${second} of ${field} are equal` };
    }
  }
  return { name, passed: true, detail: `first, middle and last row of ${arrays.map(([field]) => field).join(", ")}` };
}

function checkResets(data: D4rlData): D4rlCheck {
  const name = "resets lie together";
  const { rows, observations, observationDim } = data;
  const starts = episodeRanges(data).map(([, end]) => end).filter((row) => row < rows);
  if (starts.length === 0) return { name, passed: undefined, detail: "one episode only" };
  const distance = (row: number): number => {
    let sum = 0;
    for (let i = 0; i < observationDim; i++) sum += ((observations[row * observationDim + i] as number) - (observations[i] as number)) ** 2;
    return Math.sqrt(sum);
  };
  let nearest = Infinity;
  for (let row = 1; row < rows; row++) nearest = Math.min(nearest, distance(row));
  const bound = 5 * (nearest + 1e-2);
  const far = starts.find((row) => !(distance(row) < bound));
  if (far !== undefined) return { name, passed: false, detail: `observations of row ${far}, where an episode starts, are ${distance(far).toFixed(3)} from those of row 0, below ${bound.toFixed(3)} required` };
  return { name, passed: true, detail: `${starts.length} within ${bound.toFixed(3)} of the first` };
}

async function checkStates(data: D4rlData, { states, backend }: { states: number; backend: SimulationBackend | "auto" }): Promise<D4rlCheck> {
  const name = "states give observations";
  const { qpos, qvel } = data.infos;
  if (qpos === undefined || qvel === undefined) return { name, passed: undefined, detail: "infos/qpos and infos/qvel are needed and not there" };
  const env = await createLocomotionEnv(data.robot, { backend });
  try {
    const { observations, observationDim, rows } = data;
    const tried = Math.min(states, rows);
    const rowOf = (values: Rows, row: number): number[] => {
      const width = values.length / rows;
      return Array.from({ length: width }, (_, i) => Number(values[row * width + i]));
    };
    let worst = 0;
    for (let k = 0; k < tried; k++) {
      const row = tried === 1 ? 0 : Math.floor((k * (rows - 1)) / (tried - 1));
      const observation = env.setState({ qpos: rowOf(qpos.data, row), qvel: rowOf(qvel.data, row) });
      const error = observation.reduce((sum, value, i) => sum + (value - (observations[row * observationDim + i] as number)) ** 2, 0);
      worst = Math.max(worst, error);
      if (!(error < 1e-8)) return { name, passed: false, detail: `infos/qpos and infos/qvel of row ${row} give observations with a squared error of ${error.toExponential(1)}, below 1e-8 required` };
    }
    return { name, passed: true, detail: `${tried} states, largest squared error ${worst.toExponential(1)}` };
  } finally {
    env.close();
  }
}

/** What a file holds. */
export interface D4rlSummary {
  readonly rows: number;
  /** Finished episodes. */
  readonly episodes: number;
  /** Rows at which the robot fell, and at which an episode timed out. */
  readonly terminals: number;
  readonly timeouts: number;
  /** Undiscounted returns of the finished episodes; undefined where there are none. */
  readonly returns?: { readonly mean: number; readonly min: number; readonly max: number; /** D4RL's score of the mean. */ readonly score: number };
}

/** Rows, episodes and returns of a file. */
export function summarizeD4rl(data: D4rlData): D4rlSummary {
  const { robot, rows, rewards, terminals, timeouts } = data;
  const ranges = episodeRanges(data);
  const returns = ranges.map(([start, end]) => sumOf(rewards.subarray(start, end)));
  const longest = ranges.filter(([, end]) => terminals[end - 1] !== 1).length;
  return { rows, episodes: ranges.length, terminals: sumOf(terminals), timeouts: timeouts === undefined ? longest : sumOf(timeouts), ...spreadOf(robot, returns) };
}

/** Steps, episodes and returns of trajectories. */
export function summarizeTrajectories(robot: RobotName, trajectories: readonly Trajectory[]): D4rlSummary {
  const total = (count: (trajectory: Trajectory) => number): number => trajectories.reduce((sum, trajectory) => sum + count(trajectory), 0);
  const base = { rows: total(({ steps }) => steps), episodes: trajectories.length, terminals: total(({ terminations }) => sumOf(terminations)), timeouts: total(({ truncations }) => sumOf(truncations)) };
  return { ...base, ...spreadOf(robot, trajectories.map(returnOf)) };
}

function sumOf(values: Float32Array | Uint8Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function spreadOf(robot: RobotName, returns: readonly number[]): Pick<D4rlSummary, "returns"> {
  if (returns.length === 0) return {};
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  const [min, max] = returns.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)] as const, [Infinity, -Infinity] as const);
  return { returns: { mean, min, max, score: normalizedScore(robot, mean) } };
}
