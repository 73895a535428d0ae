import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type SimulationBackend, chooseBackend, drawGoals, maxSteps as longestEpisode, taskNames } from "../../envs/index.js";
import { type ProgressFn, UserError, mapWorkers, oneOf, workerUrl } from "../../util/index.js";
import { type Dataset, datasetFolder, minariNamespace, writeTask } from "../dataset.js";
import { type DatasetStamp, generatorName } from "../stamp.js";
import type { Episode } from "../trajectory.js";
import type { CollectJob } from "./collect-worker.js";

export interface GenerateOptions {
  /** Task names. */
  readonly tasks: readonly string[];
  /** Episodes per task, each with its own goal. */
  readonly episodes: number;
  readonly seed: number;
  /** Name (below `data/raw/metaworld/`) or path of the data set. */
  readonly out: string;
  /** Standard deviations of the action noise, one drawn per episode; default 0, 0.1, 0.3. */
  readonly noise?: readonly number[];
  /** Longest episode, in steps; default 500, Meta-World's own limit. */
  readonly maxSteps?: number;
  /** Steps recorded after the first success; default 20. */
  readonly stepsPastSuccess?: number;
  /** Replace a data set that is there. */
  readonly force?: boolean;
  /** Worker threads; default one per core. The data do not depend on it. */
  readonly threads?: number;
  readonly backend?: SimulationBackend | "auto";
  readonly onProgress?: ProgressFn;
}

/** Action noise of the default mix: a third clean, a third slightly and a third clearly disturbed. */
export const defaultNoise: readonly number[] = [0, 0.1, 0.3];

/**
 * Rolls out the scripted experts over worker threads and writes one Minari dataset per task, all of them or none.
 *
 * @throws UserError for an unknown task, a bad count, or a data set that is already there
 * @example await generateMetaworld({ tasks: ["drawer-open", "drawer-close"], episodes: 30, seed: 0, out: "drawers" })
 */
export async function generateMetaworld(options: GenerateOptions): Promise<Dataset> {
  const { out, noise, threads, force, onProgress, tasks, collect } = checked(options);
  const path = datasetFolder(out);
  if (existsSync(path) && !force) throw new UserError(`Cannot write dataset "${out}": ${path} exists. Choose another name, or replace it with --force.`);
  const { chosen: backend } = await chooseBackend(options.backend);
  const jobs = tasks.flatMap((task) => jobsOf(task, { ...collect, episodes: options.episodes, backend }));
  const total = tasks.length * options.episodes;
  let done = 0;
  const collected = await mapWorkers<CollectJob, Episode[]>(jobs, {
    url: workerUrl(import.meta.url, "./collect-worker.js"),
    ...(threads === undefined ? {} : { threads }),
    onDone: (index, result) => {
      done += result.length;
      onProgress?.({ done, total, label: "collecting episodes", detail: jobs[index]?.task ?? "" });
    },
  });
  const part = `${path}.${process.pid}.part`;
  const stamps = new Map<string, DatasetStamp>();
  const byTask = new Map<string, readonly Episode[]>();
  await clearLeftovers(path);
  try {
    await mkdir(part, { recursive: true });
    for (const task of tasks) {
      const episodes = collected.filter((_, index) => jobs[index]?.task === task).flat();
      const stamp = {
        generator: generatorName(),
        format: 1,
        task,
        seed: collect.seed,
        expert: "scripted",
        noise,
        goals: "drawGoals",
        observability: "goal-visible",
        maxSteps: collect.maxSteps,
        stepsPastSuccess: collect.stepsPastSuccess,
        simulator: `mujoco 3.14.0 ${backend}`,
      } as const;
      stamps.set(task, await writeTask(part, { namespace: minariNamespace(path), stamp, episodes }));
      byTask.set(task, episodes);
    }
    await mkdir(dirname(path), { recursive: true });
    await replaceFolder(path, part);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw error;
  }
  return { path, tasks: byTask, stamps };
}

/** Removes what processes that were killed while writing this data set left beside it. */
async function clearLeftovers(path: string): Promise<void> {
  const parent = dirname(path);
  if (!existsSync(parent)) return;
  for (const name of await readdir(parent)) {
    const match = /^(.+)\.(\d+)\.(part|old)$/.exec(name);
    if (match?.[1] === basename(path) && !isRunning(Number(match[2]))) await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Puts a finished folder in the place of another, which stands until then. */
async function replaceFolder(path: string, part: string): Promise<void> {
  if (!existsSync(path)) return await rename(part, path);
  const old = `${path}.${process.pid}.old`;
  await rename(path, old);
  try {
    await rename(part, path);
  } catch (error) {
    await rename(old, path);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

/** Episodes that a worker collects between two reports of progress. */
const episodesPerJob = 8;

function jobsOf(task: string, { episodes: count, backend, ...collect }: Omit<CollectJob, "task" | "episodes"> & { episodes: number }): CollectJob[] {
  const episodes = drawGoals(task, { seed: collect.seed, count }).map((goal, index) => ({ index, goal }));
  const jobs: CollectJob[] = [];
  for (let at = 0; at < count; at += episodesPerJob) jobs.push({ ...collect, task, backend, episodes: episodes.slice(at, at + episodesPerJob) });
  return jobs;
}

function checked(options: GenerateOptions) {
  const { out, episodes, seed, noise = defaultNoise, maxSteps = longestEpisode, stepsPastSuccess = 20, threads, force = false, onProgress } = options;
  const whole = (what: string, { value, low, high = Number.MAX_SAFE_INTEGER }: { value: number; low: number; high?: number }): void => {
    if (!Number.isInteger(value) || value < low || value > high) throw new UserError(`Cannot generate data: ${what} must be a whole number from ${low} to ${high}, got ${value}.`);
  };
  whole("episodes", { value: episodes, low: 1, high: 100_000 });
  whole("seed", { value: seed, low: 0 });
  whole("maxSteps", { value: maxSteps, low: 1, high: longestEpisode });
  whole("stepsPastSuccess", { value: stepsPastSuccess, low: 0, high: longestEpisode });
  if (threads !== undefined) whole("threads", { value: threads, low: 1, high: 1024 });
  if (noise.length === 0 || !noise.every((level) => level >= 0 && level <= 10)) {
    throw new UserError(`Cannot generate data: noise must be standard deviations from 0 to 10, got [${noise.join(", ")}].`);
  }
  const tasks = [...new Set(options.tasks.map((task) => oneOf(task, taskNames, { what: "task" })))].sort();
  if (tasks.length === 0) throw new UserError("Cannot generate data: at least one task is needed.");
  if (!/^[-_\w]+$/.test(basename(datasetFolder(out)))) throw new UserError(`Cannot write dataset "${out}": its name must consist of letters, digits, "-" and "_", as Minari asks.`);
  return { out, noise, threads, force, onProgress, tasks, collect: { seed, noise, maxSteps, stepsPastSuccess } };
}
