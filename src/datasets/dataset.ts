import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { UserError, dataPath, nearest } from "../util/index.js";
import { importRecord } from "./d4rl/store.js";
import { behaviourNames, expertWith } from "./metaworld/presets.js";
import { minariPaths, openMinari, type MinariEpisode } from "./minari.js";
import { EpisodeChecksum, parseStamp, stampKey, type DatasetStamp } from "./stamp.js";
import type { Episode } from "./trajectory.js";

/** Recorded episodes of several tasks, in memory. */
export interface Dataset {
  /** Folder that holds one Minari dataset per task. */
  readonly path: string;
  /** Episodes by task name, tasks in alphabetical order, episodes in theirs. */
  readonly tasks: ReadonlyMap<string, readonly Episode[]>;
  /** How each task's episodes came about. */
  readonly stamps: ReadonlyMap<string, DatasetStamp>;
}

const datasetName = /^[A-Za-z0-9_-]+$/;

/** A Minari id below `data/raw`. */
const datasetId = /^[\w-]+(\/[\w-]+)+$/;

/**
 * The folder of a data set: a plain name lies in `data/raw/metaworld/`, a Minari id in `data/raw`, anything else
 * ("./mine", "/disk/mine") is a path.
 *
 * @example datasetFolder("quick") // …/data/raw/metaworld/quick
 */
export function datasetFolder(nameOrPath: string): string {
  if (datasetName.test(nameOrPath)) return dataPath("raw", "metaworld", nameOrPath);
  const byId = datasetId.test(nameOrPath) && !existsSync(nameOrPath) ? dataPath("raw", ...nameOrPath.split("/")) : undefined;
  return byId !== undefined && existsSync(byId) ? byId : resolve(nameOrPath);
}

/** The namespace of Minari ids, which must repeat the folders below MINARI_DATASETS_PATH: `data/raw` for named data sets, the parent folder for paths. */
export function minariNamespace(path: string): string {
  return basename(dirname(path)) === "metaworld" ? `metaworld/${basename(path)}` : basename(path);
}

/**
 * Reads a data set that `llmdpd data generate` wrote: a name, its folder, or the folder of one of its tasks.
 *
 * @throws UserError that names file and field if something is missing, truncated, foreign, NaN or altered
 * @example (await readDataset("quick")).tasks.get("drawer-open")?.[0]?.observations // (steps + 1, 39)
 */
export async function readDataset(nameOrPath: string, options: { tasks?: readonly string[] } = {}): Promise<Dataset> {
  const tasks = new Map<string, readonly Episode[]>();
  const stamps = new Map<string, DatasetStamp>();
  for await (const reader of openTasks(nameOrPath, options)) {
    tasks.set(reader.task, [...checkedEpisodes(reader)]);
    stamps.set(reader.task, reader.stamp);
  }
  return { path: datasetFolder(nameOrPath), tasks, stamps };
}

/** The tasks of a data set, by name or path, and their folders. @throws UserError if there is none */
export function taskFolders(nameOrPath: string): Map<string, string> {
  return foldersOf(datasetFolder(nameOrPath), nameOrPath);
}

function foldersOf(path: string, asked: string): Map<string, string> {
  if (!existsSync(path)) {
    const root = dirname(path);
    const known = existsSync(root) ? readdirSync(root).filter((name) => datasetName.test(name)) : [];
    const near = nearest(basename(path), known);
    if (importRecord(asked) !== undefined) throw new UserError(`Cannot read "${asked}" here: a Meta-World data set is required, and this is a locomotion one, which \`data show\` and \`data verify\` read.`);
    throw new UserError(
      `Cannot find dataset "${asked}" at ${path}.${near === undefined ? "" : ` Did you mean "${near}"?`} Known: ${known.join(", ") || "none"}. \`npx --no llmdpd data generate metaworld --tasks <names> --out ${basename(path)}\` makes one.`,
    );
  }
  if (basename(path) === "main_data.hdf5") return foldersOf(dirname(dirname(path)), asked);
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

/** An open task of a data set: episodes are read when asked for. */
export interface TaskReader {
  readonly task: string;
  /** The HDF5 file. */
  readonly file: string;
  readonly stamp: DatasetStamp;
  readonly count: number;
  /** Reads and checks one episode. @throws UserError that names file and field */
  readonly episode: (index: number) => Episode;
  close(): void;
}

/**
 * Opens the tasks of a data set one after the other, so that one episode is in memory at a time. The checksum is left
 * to who reads all of them: see `verifyDataset`.
 *
 * @throws UserError if there is no such data set, or a file is damaged or foreign
 * @example for await (const reader of openTasks("mine")) console.log(reader.task, reader.episode(0).steps);
 */
export async function* openTasks(nameOrPath: string, { tasks: wanted }: { tasks?: readonly string[] } = {}): AsyncGenerator<TaskReader> {
  const folders = taskFolders(nameOrPath);
  for (const task of wanted ?? []) {
    if (folders.has(task)) continue;
    const near = nearest(task, [...folders.keys()]);
    throw new UserError(`Cannot read task "${task}" from dataset "${nameOrPath}": it holds ${[...folders.keys()].join(", ")}.${near === undefined ? "" : ` Did you mean "${near}"?`}`);
  }
  for (const [task, folder] of folders) {
    if (wanted !== undefined && !wanted.includes(task)) continue;
    const reader = await openTask(folder);
    try {
      yield reader;
    } finally {
      reader.close();
    }
  }
}

async function openTask(folder: string): Promise<TaskReader> {
  const file = minariPaths(folder).hdf5;
  const reader = await openMinari(folder);
  try {
    const text = reader.attributes[stampKey];
    if (typeof text !== "string") throw new UserError(`Cannot read "${file}": the attribute "${stampKey}" is needed and not there. The dataset was made by another program; readMinari reads it without goals and noise.`);
    const stamp = parseStamp(text, { file });
    return {
      task: stamp.task,
      file,
      stamp,
      count: reader.count,
      episode: (index) => toEpisode(reader.episode(index), { index, file, stamp }),
      close: () => reader.close(),
    };
  } catch (error) {
    reader.close();
    throw error;
  }
}

/** Reads all episodes of a task in their order. @throws UserError if the checksum does not fit in the end */
export function* checkedEpisodes({ file, stamp, count, episode }: TaskReader): Generator<Episode> {
  const checksum = new EpisodeChecksum();
  for (let index = 0; index < count; index++) {
    const each = episode(index);
    checksum.add(each);
    yield each;
  }
  const got = checksum.digest();
  if (got !== stamp.checksum) throw new UserError(`Cannot read "${file}": its checksum must be ${stamp.checksum}, got ${got}. The numbers were altered since it was written; generate it again.`);
}

/** An episode of Minari with what our own stamp and attributes say of it. @throws UserError if they do not */
export function toEpisode({ attributes, infos, ...trajectory }: MinariEpisode, { index, file, stamp }: { index: number; file: string; stamp: DatasetStamp }): Episode {
  const fail = (field: string, needed: string): never => {
    throw new UserError(`Cannot read "${file}": episode_${index}/${field} must be ${needed}.`);
  };
  const { seed, noise, success, "options/rand_vec": goal, pursued_rand_vec: pursued } = attributes;
  const successes = infos["success"];
  if (!(goal instanceof Float64Array) || !goal.every(Number.isFinite)) return fail("options/rand_vec", "an attribute of finite numbers");
  if (typeof seed !== "number" || typeof noise !== "number" || !(noise >= 0) || typeof success !== "number") return fail("seed, noise and success", "attributes that are numbers");
  if (successes?.shape.length !== 1 || successes.shape[0] !== trajectory.steps + 1) return fail("infos/success", `of shape (${trajectory.steps + 1})`);
  // Files of version 0.1 hold experts only and do not name them.
  const behaviour = behaviourNames.find((name) => name === (attributes["behaviour"] ?? expertWith(noise).behaviour));
  if (behaviour === undefined) return fail("behaviour", `one of ${behaviourNames.join(", ")}`);
  return {
    ...trajectory,
    task: stamp.task,
    index,
    goal,
    seed,
    behaviour,
    noise,
    ...(pursued instanceof Float64Array ? { pursued } : {}),
    successes: Uint8Array.from(successes.data as Uint8Array),
    success: success === 1,
  };
}
