import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { UserError, dataPath, nearest } from "../util/index.js";
import { minariPaths, readMinari, type BoxSpace, type MinariEpisode, writeMinari } from "./minari.js";
import { checksumOf, parseStamp, stampKey, type DatasetStamp } from "./stamp.js";
import { returnOf, type Episode } from "./trajectory.js";

/** Expert episodes of several tasks. */
export interface Dataset {
  /** Folder that holds one Minari dataset per task. */
  readonly path: string;
  /** Episodes by task name, tasks in alphabetical order, episodes in theirs. */
  readonly tasks: ReadonlyMap<string, readonly Episode[]>;
  /** How each task's episodes came about. */
  readonly stamps: ReadonlyMap<string, DatasetStamp>;
}

const datasetName = /^[A-Za-z0-9_-]+$/;

/**
 * The folder of a data set: a plain name lies in `data/raw/metaworld/`, anything else ("./mine", "/disk/mine") is a path.
 *
 * @example datasetFolder("quick") // …/data/raw/metaworld/quick
 */
export function datasetFolder(nameOrPath: string): string {
  return datasetName.test(nameOrPath) ? dataPath("raw", "metaworld", nameOrPath) : resolve(nameOrPath);
}

const unbounded = (length: number): BoxSpace => ({ dtype: "float64", low: Array.from({ length }, () => -Infinity), high: Array.from({ length }, () => Infinity) });
const actionSpace: BoxSpace = { dtype: "float32", low: [-1, -1, -1, -1], high: [1, 1, 1, 1] };

/** The namespace of Minari ids, which must repeat the folders below MINARI_DATASETS_PATH: `data/raw` for named data sets, the parent folder for paths. */
export function minariNamespace(path: string): string {
  return basename(dirname(path)) === "metaworld" ? `metaworld/${basename(path)}` : basename(path);
}

/** Writes the episodes of one task as a Minari dataset `<root>/<task>-v0`. */
export async function writeTask(root: string, { namespace, stamp, episodes }: { namespace: string; stamp: Omit<DatasetStamp, "checksum">; episodes: readonly Episode[] }): Promise<DatasetStamp> {
  const [first] = episodes;
  if (first === undefined) throw new UserError(`Cannot write dataset of "${stamp.task}": at least one episode is needed.`);
  const full: DatasetStamp = { ...stamp, checksum: checksumOf(episodes) };
  await writeMinari(join(root, `${stamp.task}-v0`), {
    id: `${namespace}/${stamp.task}-v0`,
    spaces: { observation: unbounded(first.observationDim), action: actionSpace },
    metadata: {
      algorithm_name: "scripted expert with action noise",
      description: `Meta-World ${stamp.task}-v3: ${episodes.length} episodes of its scripted expert`,
      requirements: ["metaworld==3.1.1", "mujoco==3.14.0"],
      [stampKey]: full,
    },
    attributes: { [stampKey]: JSON.stringify(full) },
    episodes: episodes.map(toMinari),
  });
  return full;
}

function toMinari(episode: Episode): MinariEpisode {
  const { successes, goal, seed, noise, success } = episode;
  return {
    ...episode,
    attributes: { seed: BigInt(seed), "options/rand_vec": goal, noise, success: BigInt(success ? 1 : 0) },
    infos: { success: { shape: [successes.length], data: successes } },
  };
}

/**
 * Reads a data set that `llmdpd data generate` wrote: a name, its folder, or the folder of one of its tasks.
 *
 * @throws UserError that names file and field if something is missing, truncated, foreign, NaN or altered
 * @example (await readDataset("quick")).tasks.get("drawer-open")?.[0]?.observations // (steps + 1, 39)
 */
export async function readDataset(nameOrPath: string, { tasks: wanted }: { tasks?: readonly string[] } = {}): Promise<Dataset> {
  const path = datasetFolder(nameOrPath);
  const folders = taskFolders(path, nameOrPath);
  for (const task of wanted ?? []) if (!folders.has(task)) throw new UserError(`Cannot read task "${task}" from dataset "${nameOrPath}": it holds ${[...folders.keys()].join(", ")}.`);
  const tasks = new Map<string, readonly Episode[]>();
  const stamps = new Map<string, DatasetStamp>();
  for (const [task, folder] of folders) {
    if (wanted !== undefined && !wanted.includes(task)) continue;
    const { stamp, episodes } = await readTask(folder);
    tasks.set(stamp.task, episodes);
    stamps.set(stamp.task, stamp);
  }
  return { path, tasks, stamps };
}

/** The tasks of a data set and their folders. */
function taskFolders(path: string, asked: string): Map<string, string> {
  if (!existsSync(path)) {
    const root = dirname(path);
    const known = existsSync(root) ? readdirSync(root).filter((name) => datasetName.test(name)) : [];
    const near = nearest(basename(path), known);
    throw new UserError(
      `Cannot find dataset "${asked}" at ${path}.${near === undefined ? "" : ` Did you mean "${near}"?`} Known: ${known.join(", ") || "none"}. \`npx --no llmdpd data generate metaworld --out ${basename(path)}\` makes one.`,
    );
  }
  if (basename(path) === "main_data.hdf5") return taskFolders(dirname(dirname(path)), asked);
  if (!statSync(path).isDirectory()) throw new UserError(`Cannot read dataset "${asked}": a data set's folder or its main_data.hdf5 is required, got another file.`);
  const taskOf = (folder: string): string => basename(folder).replace(/-v\d+$/, "");
  if (existsSync(minariPaths(path).hdf5)) return new Map([[taskOf(path), path]]);
  const folders = readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(minariPaths(join(path, entry.name)).hdf5))
    .map((entry) => join(path, entry.name))
    .sort();
  if (folders.length === 0) throw new UserError(`Cannot read dataset "${asked}": ${path}${sep}<task>-v0${sep}data${sep}main_data.hdf5 is needed and not there.`);
  return new Map(folders.map((folder) => [taskOf(folder), folder]));
}

async function readTask(folder: string): Promise<{ stamp: DatasetStamp; episodes: readonly Episode[] }> {
  const file = minariPaths(folder).hdf5;
  const dataset = await readMinari(folder);
  const text = dataset.attributes[stampKey];
  if (typeof text !== "string") throw new UserError(`Cannot read "${file}": the attribute "${stampKey}" is needed and not there. The dataset was made by another program; readMinari reads it without goals and noise.`);
  const stamp = parseStamp(text, { file });
  const episodes = dataset.episodes.map((episode, index) => toEpisode(episode, { index, file, stamp }));
  const checksum = checksumOf(episodes);
  if (checksum !== stamp.checksum) throw new UserError(`Cannot read "${file}": its checksum must be ${stamp.checksum}, got ${checksum}. The numbers were altered since it was written; generate it again.`);
  return { stamp, episodes };
}

function toEpisode({ attributes, infos, ...trajectory }: MinariEpisode, { index, file, stamp }: { index: number; file: string; stamp: DatasetStamp }): Episode {
  const fail = (field: string, needed: string): never => {
    throw new UserError(`Cannot read "${file}": episode_${index}/${field} must be ${needed}.`);
  };
  const goal = attributes["options/rand_vec"];
  const { seed, noise, success } = attributes;
  const successes = infos["success"];
  if (!(goal instanceof Float64Array) || !goal.every(Number.isFinite)) return fail("options/rand_vec", "an attribute of finite numbers");
  if (typeof seed !== "number" || typeof noise !== "number" || !(noise >= 0) || typeof success !== "number") return fail("seed, noise and success", "attributes that are numbers");
  if (successes?.shape.length !== 1 || successes.shape[0] !== trajectory.steps + 1) return fail("infos/success", `of shape (${trajectory.steps + 1})`);
  return { ...trajectory, task: stamp.task, index, goal, seed, noise, successes: Uint8Array.from(successes.data as Uint8Array), success: success === 1 };
}

/** One row of `llmdpd data show`. */
export interface TaskSummary {
  readonly task: string;
  readonly episodes: number;
  readonly steps: number;
  /** Episodes in which the task was done. */
  readonly successes: number;
  /** Undiscounted returns: mean, smallest, largest. */
  readonly returnMean: number;
  readonly returnMin: number;
  readonly returnMax: number;
}

/** Counts, successes and returns of each task. */
export function summarize({ tasks }: Pick<Dataset, "tasks">): TaskSummary[] {
  return [...tasks].map(([task, episodes]) => {
    const returns = episodes.map(returnOf);
    return {
      task,
      episodes: episodes.length,
      steps: episodes.reduce((sum, { steps }) => sum + steps, 0),
      successes: episodes.filter(({ success }) => success).length,
      returnMean: returns.reduce((sum, value) => sum + value, 0) / returns.length,
      returnMin: Math.min(...returns),
      returnMax: Math.max(...returns),
    };
  });
}
