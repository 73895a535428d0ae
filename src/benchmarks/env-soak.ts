/** A long run of all environments with random actions, to see whether anything breaks or grows. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { actionDim, createMetaworldEnv, drawGoals, maxSteps, taskNames, type MetaworldEnv, type SimulationBackend } from "../envs/index.js";
import { Rng, UserError, messageOf, type ProgressFn } from "../util/index.js";

/** Memory of the process after so many steps, in megabytes, after a full garbage collection. */
export interface EnvSoakRow {
  readonly steps: number;
  readonly episodes: number;
  /** Scenes that were loaded and freed. */
  readonly scenes: number;
  readonly rssMb: number;
  /** What the JavaScript engine reserves for its objects. */
  readonly jsHeapMb: number;
  /** All else: MuJoCo's models and data, the allocator's free blocks, code. */
  readonly nativeMb: number;
}

export interface EnvSoakReport {
  readonly backend: SimulationBackend;
  readonly tasks: number;
  readonly rows: readonly EnvSoakRow[];
  /** Growth of resident memory from the second quarter of the run to the last, each at its lowest: single rows move by the size of a scene. */
  readonly growthMb: number;
  readonly stepsPerSecond: number;
}

export interface EnvSoakOptions {
  /** Environment steps in all; default a million. */
  readonly steps?: number;
  readonly tasks?: readonly string[];
  readonly backend?: SimulationBackend | "auto";
  readonly seed?: number;
  readonly onProgress?: ProgressFn;
}

/** Rows of a report. */
const rowCount = 20;
/** Episodes between loading a scene and freeing it. */
const episodesPerScene = 2;

/**
 * Plays whole episodes of random actions, task after task, round after round; each visit loads the scene and frees it.
 * Every observation and reward is checked.
 *
 * @throws UserError at the first number that is not finite, reward outside [0, 10], missing time-out, or error of the simulator
 * @example const { growthMb } = await soakEnvs({ steps: 100_000, tasks: ["reach"] });
 */
export async function soakEnvs({ steps = 1_000_000, tasks = taskNames, backend = "auto", seed = 0, onProgress }: EnvSoakOptions = {}): Promise<EnvSoakReport> {
  const collect = garbageCollector();
  const rows: EnvSoakRow[] = [];
  const start = process.cpuUsage();
  let [done, episodes, scenes] = [0, 0, 0];
  let used: SimulationBackend = "native";
  for (let round = 0; done < steps; round++) {
    for (const task of tasks) {
      if (done >= steps) break;
      const env = await createMetaworldEnv(task, { backend });
      used = env.simulation.backend;
      try {
        const rng = new Rng(seed).fork("soak", task, round);
        for (const goal of drawGoals(task, { seed: rng.bits(), count: episodesPerScene })) {
          if (done >= steps) break;
          done += playEpisode(env, { goal, rng, limit: steps - done });
          episodes++;
        }
      } finally {
        env.close();
      }
      scenes++;
      onProgress?.({ done, total: steps, label: "random steps", detail: task });
      if (done >= ((rows.length + 1) * steps) / rowCount) rows.push(measure({ collect, steps: done, episodes, scenes }));
    }
  }
  const { user, system } = process.cpuUsage(start);
  return { backend: used, tasks: tasks.length, rows, growthMb: growthOf(rows), stepsPerSecond: (1e6 * done) / (user + system) };
}

function growthOf(rows: readonly EnvSoakRow[]): number {
  const quarter = rows.length / 4;
  const lowest = (part: readonly EnvSoakRow[]): number => Math.min(...part.map(({ rssMb }) => rssMb));
  return lowest(rows.slice(-Math.ceil(quarter))) - lowest(rows.slice(Math.floor(quarter), Math.ceil(2 * quarter)));
}

/** Plays one episode, or `limit` steps of it, and returns how many steps it had. */
function playEpisode(env: MetaworldEnv, { goal, rng, limit }: { goal: Float64Array; rng: Rng; limit: number }): number {
  const action = new Float64Array(actionDim);
  let at = 0;
  try {
    checkNumbers(env.reset(goal));
    for (; at < Math.min(limit, maxSteps); at++) {
      const { observation, reward, truncated } = env.step(rng.fillUniform(action, { low: -1, high: 1 }));
      checkNumbers(observation);
      if (!(reward >= -1e-9 && reward <= 10 + 1e-9)) throw new Error(`a reward within [0, 10] is required, got ${reward}`);
      if (truncated !== (at === maxSteps - 1)) throw new Error(`the episode must time out at step ${maxSteps}, got truncated ${String(truncated)}`);
    }
  } catch (error) {
    throw new UserError(`"${env.task}" broke at step ${at} of an episode with random actions, goal [${goal.join(", ")}]: ${messageOf(error)}`, { cause: error });
  }
  return at;
}

function checkNumbers(observation: Float64Array): void {
  for (let i = 0; i < observation.length; i++) if (!Number.isFinite(observation[i])) throw new Error(`number ${i} of the observation is ${observation[i]}`);
}

function measure({ collect, ...counts }: { collect: () => void; steps: number; episodes: number; scenes: number }): EnvSoakRow {
  collect();
  const { rss, heapTotal, external } = process.memoryUsage();
  return { ...counts, rssMb: rss / 1e6, jsHeapMb: heapTotal / 1e6, nativeMb: (rss - heapTotal - external) / 1e6 };
}

/** Node's own full garbage collection, so that rubbish is not taken for growth. */
function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
