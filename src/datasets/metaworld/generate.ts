import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { type SimulationBackend, chooseBackend, drawGoals, maxSteps as longestEpisode, taskNames } from "../../envs/index.js";
import { type ProgressFn, UserError, mapWorkers, oneOf, workerUrl } from "../../util/index.js";
import { datasetFolder, minariNamespace } from "../dataset.js";
import { takeLock } from "../lock.js";
import { type DatasetStamp, generatorName } from "../stamp.js";
import type { TaskSummary } from "../summary.js";
import type { Episode } from "../trajectory.js";
import { writeTask } from "../write-task.js";
import type { CollectJob } from "./collect-worker.js";
import { type PresetName, presetNames, presets } from "./presets.js";
import { hasShard, readShard, removeShard } from "./shards.js";
import { type WrittenTask, finish, openUnfinished, recover, writtenTask } from "./unfinished.js";

export interface GenerateOptions {
  /** Task names. */
  readonly tasks: readonly string[];
  /** Episodes per task, each with its own goal. */
  readonly episodes: number;
  readonly seed: number;
  /** Name (below `data/raw/metaworld/`) or path of the data set. */
  readonly out: string;
  /** A mixture of behaviours; instead of it, `noise` makes experts alone. */
  readonly preset?: PresetName;
  /** Standard deviations of the action noise, one drawn per episode; default 0, 0.1, 0.3. */
  readonly noise?: readonly number[];
  /** Longest episode, in steps; default 500, Meta-World's own limit. */
  readonly maxSteps?: number;
  /** Steps recorded after the first success; default 20. */
  readonly stepsPastSuccess?: number;
  /** Replace a data set that is there, and give up one of that name that was begun with other options. */
  readonly force?: boolean;
  /** Worker threads; default one per core. The data do not depend on it. */
  readonly threads?: number;
  readonly backend?: SimulationBackend | "auto";
  /** Stops collecting; what was collected stays, and the same call goes on from there. */
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressFn;
}

/** What was generated. */
export interface Generated {
  readonly path: string;
  readonly tasks: readonly TaskSummary[];
  readonly stamps: ReadonlyMap<string, DatasetStamp>;
  /** Steps that this call collected: fewer than all, where an earlier one had been stopped. */
  readonly collectedSteps: number;
}

/** Action noise of the default mix: a third clean, a third slightly and a third clearly disturbed. */
export const defaultNoise: readonly number[] = [0, 0.1, 0.3];

/**
 * Rolls out the scripted experts over worker threads and writes one Minari dataset per task, all of them or none. Where
 * it was stopped or killed, the same call goes on; the data are the same, also whatever the number of threads.
 *
 * @throws UserError for an unknown task, a bad count, a data set that is already there, or one that another process writes
 * @example await generateMetaworld({ tasks: ["drawer-open", "drawer-close"], episodes: 30, preset: "mixed", seed: 0, out: "drawers" })
 */
export async function generateMetaworld(options: GenerateOptions): Promise<Generated> {
  const { out, episodes, force, tasks, collect, ...rest } = checked(options);
  const path = datasetFolder(out);
  const { chosen: backend } = await chooseBackend(options.backend);
  await mkdir(dirname(path), { recursive: true });
  const release = await takeLock(`${path}.lock`, { what: `data set "${out}"` });
  try {
    await recover(path);
    if (existsSync(path) && !force) throw new UserError(`Cannot write dataset "${out}": ${path} exists. Choose another name, or replace it with --force.`);
    const { seed, noise, preset, maxSteps, stepsPastSuccess } = collect;
    const provenance = {
      generator: generatorName(),
      format: 1,
      seed,
      expert: "scripted",
      preset: preset ?? "noise",
      shares: preset === undefined ? [] : presets[preset].shares.map(({ behaviour, noise: level, ofTwenty }) => ({ behaviour, noise: level, ofTwenty })),
      noise,
      goals: "drawGoals",
      observability: "goal-visible",
      maxSteps,
      stepsPastSuccess,
      metaworld: "3.1.1",
      simulator: `mujoco 3.14.0 ${backend}`,
    } as const;
    const folder = `${path}.part`;
    await openUnfinished(folder, { plan: { ...provenance, tasks, episodes }, force });
    const jobs = tasks.flatMap((task) => jobsOf(task, { ...collect, episodes, backend, folder }));
    const { written, collectedSteps } = await collectTasks(jobs, { ...rest, folder, tasks, provenance, namespace: minariNamespace(path) }).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`${error.message.replace(/\.?$/, ".")} What was collected is kept: the same command goes on from there.`, { cause: error });
    });
    await finish(folder, path);
    const inOrder = tasks.map((task) => written.get(task) as WrittenTask);
    return { path, tasks: inOrder.map(({ summary }) => summary), stamps: new Map(inOrder.map(({ stamp }) => [stamp.task, stamp])), collectedSteps };
  } finally {
    await release();
  }
}

interface CollectTasks extends Pick<GenerateOptions, "threads" | "signal" | "onProgress"> {
  readonly folder: string;
  readonly tasks: readonly string[];
  readonly provenance: Omit<DatasetStamp, "task" | "checksum">;
  readonly namespace: string;
}

/** Collects what is missing and writes each task as soon as all of it is there. */
async function collectTasks(jobs: readonly CollectJob[], { folder, tasks, provenance, namespace, threads, signal, onProgress }: CollectTasks): Promise<{ written: Map<string, WrittenTask>; collectedSteps: number }> {
  const written = new Map<string, WrittenTask>();
  for (const task of tasks) {
    const before = await writtenTask(folder, task);
    if (before !== undefined) written.set(task, before);
  }
  const missing = jobs.filter((job) => !written.has(job.task) && !hasShard(folder, job));
  const failure = new AbortController();
  const stop = AbortSignal.any([failure.signal, ...(signal === undefined ? [] : [signal])]);

  const open = new Map(tasks.map((task) => [task, missing.filter((job) => job.task === task).length]));
  let writing = Promise.resolve();
  const write = (task: string): void => {
    const shards = jobs.filter((job) => job.task === task);
    writing = writing
      .then(async () => {
        written.set(task, await writeTask(folder, { namespace, stamp: { ...provenance, task }, episodes: episodesOf(shards, { folder, signal: stop }) }));
        for (const shard of shards) await removeShard(folder, shard);
      })
      .catch((error: unknown) => failure.abort(error));
  };
  for (const [task, count] of open) if (count === 0 && !written.has(task)) write(task);

  const start = performance.now();
  const total = jobs.reduce((sum, { goals }) => sum + goals.length, 0);
  let done = total - missing.reduce((sum, { goals }) => sum + goals.length, 0);
  let collectedSteps = 0;
  const report = (task: string): void => {
    const speed = collectedSteps === 0 ? "" : `, ${Math.round((1000 * collectedSteps) / (performance.now() - start))} steps/s`;
    onProgress?.({ done, total, label: "collecting episodes", detail: `${task}${speed}` });
  };
  if (done > 0 && missing.length > 0) report("going on");
  try {
    await mapWorkers<CollectJob, number>(missing, {
      url: workerUrl(import.meta.url, "./collect-worker.js"),
      ...(threads === undefined ? {} : { threads }),
      signal: stop,
      onDone: (index, steps) => {
        const { task, goals } = missing[index] as CollectJob;
        done += goals.length;
        collectedSteps += steps;
        report(task);
        open.set(task, (open.get(task) as number) - 1);
        if (open.get(task) === 0) write(task);
      },
    });
  } finally {
    await writing;
  }
  stop.throwIfAborted();
  return { written, collectedSteps };
}

/** The episodes of a task in their order, one shard in memory at a time. */
async function* episodesOf(shards: readonly CollectJob[], { folder, signal }: { folder: string; signal: AbortSignal }): AsyncGenerator<Episode> {
  for (const shard of shards) {
    signal.throwIfAborted();
    yield* await readShard(folder, shard);
  }
}

/** Episodes that a worker collects between two reports of progress, and that a killed generation loses at most per thread. */
const episodesPerJob = 8;

function jobsOf(task: string, { episodes: count, ...collect }: Omit<CollectJob, "task" | "first" | "goals"> & { episodes: number }): CollectJob[] {
  const goals = drawGoals(task, { seed: collect.seed, count });
  const jobs: CollectJob[] = [];
  for (let first = 0; first < count; first += episodesPerJob) jobs.push({ ...collect, task, first, goals: goals.slice(first, first + episodesPerJob) });
  return jobs;
}

function checked(options: GenerateOptions) {
  const { out, episodes, seed, preset, noise, maxSteps = longestEpisode, stepsPastSuccess = 20, threads, force = false, signal, onProgress } = options;
  const whole = (what: string, { value, low, high = Number.MAX_SAFE_INTEGER }: { value: number; low: number; high?: number }): void => {
    if (!Number.isInteger(value) || value < low || value > high) throw new UserError(`Cannot generate data: ${what} must be a whole number from ${low} to ${high}, got ${value}.`);
  };
  whole("episodes", { value: episodes, low: 1, high: 100_000 });
  whole("seed", { value: seed, low: 0 });
  whole("maxSteps", { value: maxSteps, low: 1, high: longestEpisode });
  whole("stepsPastSuccess", { value: stepsPastSuccess, low: 0, high: longestEpisode });
  if (threads !== undefined) whole("threads", { value: threads, low: 1, high: 1024 });
  if (preset !== undefined && noise !== undefined) throw new UserError("Cannot generate data: a preset has its own noise; give one of preset and noise.");
  if (preset !== undefined) oneOf(preset, presetNames, { what: "preset" });
  const levels = preset === undefined ? (noise ?? defaultNoise) : [...new Set(presets[preset].shares.map((share) => share.noise))].sort((a, b) => a - b);
  if (levels.length === 0 || !levels.every((level) => level >= 0 && level <= 10)) {
    throw new UserError(`Cannot generate data: noise must be standard deviations from 0 to 10, got [${levels.join(", ")}].`);
  }
  const tasks = [...new Set(options.tasks.map((task) => oneOf(task, taskNames, { what: "task" })))].sort();
  if (tasks.length === 0) throw new UserError("Cannot generate data: at least one task is needed.");
  if (!/^[-_\w]+$/.test(basename(datasetFolder(out)))) throw new UserError(`Cannot write dataset "${out}": its name must consist of letters, digits, "-" and "_", as Minari asks.`);
  return {
    out,
    episodes,
    force,
    tasks,
    ...(threads === undefined ? {} : { threads }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
    collect: { seed, noise: levels, ...(preset === undefined ? {} : { preset }), maxSteps, stepsPastSuccess },
  };
}
