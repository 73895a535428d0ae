import { existsSync, readFileSync, statSync } from "node:fs";
import { copyFile, cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Robot, RobotName } from "../../envs/index.js";
import { type ProgressFn, UserError, dataPath, nearest, sha256File, writeFileAtomic } from "../../util/index.js";
import { type MinariDataset, minariPaths, readMinari } from "../minari.js";
import type { Trajectory } from "../trajectory.js";
import { type Transitions, transitionsOf } from "../transitions.js";
import { type D4rlSet, d4rlSets, findD4rlSet } from "./catalog.js";
import { type D4rlCheck, type D4rlSummary, checkD4rl, summarizeD4rl, summarizeTrajectories } from "./check.js";
import { type D4rlData, checkStart, robotNamed, robotOf } from "./data.js";
import { readD4rl } from "./read.js";
import { joinMediumExpert } from "./stitch.js";
import { d4rlTrajectories, qlearningDataset } from "./views.js";
import { writeD4rl } from "./write.js";

/** What is noted beside an imported data set. */
export interface ImportRecord {
  /** "hopper-medium-v2", "mujoco/hopper/medium-v0", or the name that was given. */
  readonly id: string;
  readonly robot: RobotName;
  readonly format: "d4rl" | "minari";
  /** File name, address or id that it came from. */
  readonly source: string;
  readonly bytes: number;
  /** SHA-256 of the file; of a Minari dataset, of its main_data.hdf5, where it has one. */
  readonly sha256?: string;
  readonly summary: D4rlSummary;
  readonly checks: readonly D4rlCheck[];
}

export interface Imported extends ImportRecord {
  /** Where it lies now. */
  readonly path: string;
}

export interface ImportOptions {
  /** The id to keep it under, where the file's name does not tell. */
  readonly as?: string;
  readonly robot?: RobotName;
  /** What the record calls its source; the file's name by default. */
  readonly source?: string;
  /** Replaces a data set of that id. */
  readonly force?: boolean;
  readonly onProgress?: ProgressFn;
}

const plainName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const minariId = /^([\w-]+\/)+[\w-]+-v\d+$/;

/** Where the files of a data set lie once they are here. */
export function localPath(id: string): string {
  if (minariId.test(id)) return dataPath("raw", ...id.split("/"));
  return dataPath("raw", "d4rl", d4rlSets.find((set) => set.id === id)?.file ?? `${id}.hdf5`);
}

const recordPath = (id: string): string => (minariId.test(id) ? join(localPath(id), "llmdpd.json") : `${localPath(id)}.json`);

/** The record of a data set, also of one whose file has gone; undefined if it was never here. */
export function importRecord(id: string): ImportRecord | undefined {
  const path = recordPath(id);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as ImportRecord) : undefined;
}

/** Where D4RL and Minari keep what they downloaded. */
function caches(): { d4rl: string; minari: string } {
  return { d4rl: process.env["D4RL_DATASET_DIR"] ?? join(homedir(), ".d4rl", "datasets"), minari: process.env["MINARI_DATASETS_PATH"] ?? join(homedir(), ".minari", "datasets") };
}

/**
 * Takes a D4RL file, or a Minari dataset's folder or main_data.hdf5, into `data/raw`, after reading all of it and
 * running D4RL's checks. An id is looked up in the folders where D4RL and Minari keep their downloads;
 * `medium-expert` is put together from its parts where they are here and it is not.
 *
 * @throws UserError that names file and field if it cannot be read, is another robot's, or fails a check
 * @example await importData("/disk/hopper_medium-v2.hdf5")
 */
export async function importData(fileOrId: string, options: ImportOptions = {}): Promise<Imported> {
  if (existsSync(fileOrId)) return await importPath(fileOrId, options);
  const set = d4rlSets.find(({ id }) => id === fileOrId);
  if (set !== undefined) return await importD4rlId(set, options);
  if (minariId.test(fileOrId) && robotNamed(fileOrId) !== undefined) {
    const folder = join(caches().minari, ...fileOrId.split("/"));
    if (existsSync(folder)) return await importMinari(folder, { ...options, as: options.as ?? fileOrId });
    throw new UserError(`Cannot find data set "${fileOrId}": ${folder} is needed and not there. \`npx --no llmdpd data fetch ${fileOrId}\` downloads it; MINARI_DATASETS_PATH names another folder.`);
  }
  const near = nearest(fileOrId, d4rlSets.map(({ id }) => id));
  throw new UserError(`Cannot find "${fileOrId}": a file, a folder or a data set's id is needed.${near === undefined ? "" : ` Did you mean "${near}"?`} Ids are such as hopper-medium-v2 and mujoco/hopper/medium-v0.`);
}

async function importPath(path: string, options: ImportOptions): Promise<Imported> {
  if (statSync(path).isDirectory()) return await importMinari(path, options);
  if (basename(path) === "main_data.hdf5") return await importMinari(dirname(dirname(path)), options);
  const id = options.as ?? d4rlSets.find(({ file }) => file === basename(path))?.id ?? basename(path).replace(/\.(hdf5|h5)$/, "");
  return await importFile(path, { ...options, id });
}

async function importD4rlId(set: D4rlSet, options: ImportOptions): Promise<Imported> {
  const path = [localPath(set.id), join(caches().d4rl, set.file)].find(existsSync);
  if (path !== undefined) return await importFile(path, { ...options, id: options.as ?? set.id, robot: set.robot });
  const joined = set.kind === "medium-expert" ? await joinParts(set, options) : undefined;
  if (joined !== undefined) return joined;
  throw new UserError(
    `Cannot find data set "${set.id}": ${join(caches().d4rl, set.file)} is needed and not there${set.kind === "medium-expert" ? `, nor are its parts ${set.robot}-medium-v2 and ${set.robot}-expert-v2` : ""}. \`npx --no llmdpd data fetch ${set.id}\` downloads it; D4RL_DATASET_DIR names another folder.`,
  );
}

/** Puts `medium-expert` together, if both parts are here or in D4RL's own folder. */
export async function joinParts({ id, robot }: D4rlSet, options: ImportOptions): Promise<Imported | undefined> {
  const parts = ["medium", "expert"].map((kind) => findD4rlSet(`${robot}-${kind}-v2`));
  const paths = parts.map((part) => [localPath(part.id), join(caches().d4rl, part.file)].find(existsSync));
  const [medium, expert] = paths;
  if (medium === undefined || expert === undefined) return undefined;
  const read = { robot, ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }) };
  const joined = joinMediumExpert(await readD4rl(medium, read), await readD4rl(expert, read));
  const path = `${localPath(id)}.joined`;
  await writeD4rl(path, joined);
  try {
    return await importFile(path, { ...options, id: options.as ?? id, robot, source: `${parts[0]?.id} and ${parts[1]?.id}, joined` });
  } finally {
    await rm(path, { force: true });
  }
}

async function importFile(path: string, { id, force = false, source, robot, onProgress }: ImportOptions & { id: string }): Promise<Imported> {
  if (!plainName.test(id)) throw new UserError(`Cannot import "${path}" as "${id}": a name of letters, digits, ".", "_" and "-" is needed.`);
  const target = localPath(id);
  const named = robot ?? robotNamed(basename(path)) ?? robotNamed(id);
  const data = await readD4rl(path, { ...(named === undefined ? {} : { robot: named }), ...(onProgress === undefined ? {} : { onProgress }) });
  const checks = await passedChecks(data, { path, id });
  const { origin } = data.metadata;
  if (typeof origin === "string" && d4rlSets.some((set) => set.id === id)) throw new UserError(`Cannot import "${path}" as "${id}": D4RL's own data are required by that name, and the file says that it is ${origin}. Give it another with --as.`);
  const sha256 = await sha256File(path);
  const there = existsSync(target) && target !== path ? await sha256File(target) : undefined;
  if (there !== undefined && there !== sha256 && !force) throw new UserError(`Cannot import "${path}" as "${id}": another file of that name is here already, ${target}. Use --force to replace it, or --as to keep both.`);
  const before = importRecord(id);
  const from = source ?? (before?.sha256 === sha256 ? before.source : typeof origin === "string" ? `${basename(path)}, ${origin}` : basename(path));
  const record: ImportRecord = { id, robot: data.robot, format: "d4rl", source: from, bytes: statSync(path).size, sha256, summary: summarizeD4rl(data), checks };
  if (target !== path && there !== sha256) {
    await mkdir(dirname(target), { recursive: true });
    const part = `${target}.${process.pid}.part`;
    await copyFile(path, part);
    await rename(part, target);
  }
  await writeFileAtomic(recordPath(id), `${JSON.stringify(record, null, 2)}\n`);
  return { ...record, path: target };
}

/** The checks, all of which that could be made have passed. @throws UserError if one has not, or if the id is another robot's */
async function passedChecks(data: D4rlData, { path, id }: { path: string; id: string }): Promise<D4rlCheck[]> {
  const meant = robotNamed(id);
  if (meant !== undefined && meant !== data.robot) throw new UserError(`Cannot import "${path}" as "${id}": data of ${meant} are required by that name, got data of ${data.robot}.`);
  const checks = await checkD4rl(data);
  const failed = checks.find(({ passed }) => passed === false);
  if (failed !== undefined) throw new UserError(`Cannot import "${path}" as data of ${data.robot}: "${failed.name}" is required, got that ${failed.detail}. Is it another robot's, or was it altered?`);
  return checks;
}

async function importMinari(folder: string, { as, robot, source = folder, force = false }: ImportOptions): Promise<Imported> {
  const { metadata, episodes } = await readMinari(folder);
  const id = as ?? metadata["dataset_id"];
  if (typeof id !== "string" || !minariId.test(id)) throw new UserError(`Cannot import "${folder}" as "${String(id)}": an id such as mujoco/hopper/medium-v0 is needed in metadata.json, or with --as.`);
  const name = robotOfEpisodes(episodes, { named: robot ?? robotNamed(id), folder });
  const checks = await passedChecks(d4rlOfEpisodes(episodes, name), { path: folder, id });
  const target = localPath(id);
  if (existsSync(target) && target !== folder && !force) throw new UserError(`Cannot import "${folder}" as "${id}": it is here already, ${target}. Use --force to replace it.`);
  if (target !== folder) {
    const part = `${target}.${process.pid}.part`;
    await rm(part, { recursive: true, force: true });
    await mkdir(dirname(target), { recursive: true });
    await cp(folder, part, { recursive: true });
    await rm(target, { recursive: true, force: true });
    await rename(part, target);
  }
  const { hdf5 } = minariPaths(target);
  const sha256 = existsSync(hdf5) ? { sha256: await sha256File(hdf5) } : {};
  const record: ImportRecord = { id, robot: name, format: "minari", source, bytes: await folderSize(target), ...sha256, summary: summarizeTrajectories(name, episodes), checks };
  await writeFileAtomic(recordPath(id), `${JSON.stringify(record, null, 2)}\n`);
  return { ...record, path: target };
}

/** The robot of a Minari dataset. @throws UserError that names the field that is another robot's */
function robotOfEpisodes(episodes: MinariDataset["episodes"], { named, folder }: { named: RobotName | undefined; folder: string }): RobotName {
  const robots = episodes.map(({ observations, observationDim, actionDim }, i) => {
    const file = `${folder}: episode_${i}`;
    const robot = robotOf(named, { file, observationDim, actionDim });
    checkStart(robot, { file, field: "observations", height: observations[0] as number });
    return robot;
  });
  return (robots[0] as Robot).name;
}

/** Episodes as the rows of a D4RL file, for its checks. */
function d4rlOfEpisodes(episodes: MinariDataset["episodes"], robot: RobotName): D4rlData {
  const { observationDim, actionDim } = episodes[0] as MinariDataset["episodes"][number];
  const rows = episodes.reduce((sum, { steps }) => sum + steps, 0);
  const joined = <T extends Float32Array | Uint8Array>(target: T, parts: readonly ArrayLike<number>[]): T => {
    let at = 0;
    for (const part of parts) {
      target.set(part, at);
      at += part.length;
    }
    return target;
  };
  return {
    robot, rows, observationDim, actionDim, metadata: {}, infos: {},
    observations: joined(new Float32Array(rows * observationDim), episodes.map(({ observations, steps }) => observations.subarray(0, steps * observationDim))),
    actions: joined(new Float32Array(rows * actionDim), episodes.map(({ actions }) => actions)),
    rewards: joined(new Float32Array(rows), episodes.map(({ rewards }) => rewards)),
    terminals: joined(new Uint8Array(rows), episodes.map(({ terminations }) => terminations)),
    timeouts: joined(new Uint8Array(rows), episodes.map(({ truncations }) => truncations)),
  };
}

async function folderSize(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** A locomotion data set as algorithms and prompts take it. */
export interface LocomotionData {
  readonly id: string;
  readonly robot: RobotName;
  readonly format: "d4rl" | "minari";
  readonly summary: D4rlSummary;
  /** Steps in the order of D4RL's `qlearning_dataset`; for Minari, all steps. */
  readonly transitions: () => Transitions;
  /** Finished episodes. */
  readonly trajectories: () => readonly Trajectory[];
}

/**
 * Reads a locomotion data set that was imported or fetched, by its id, or any D4RL file or Minari folder by its path.
 *
 * @throws UserError if it is not here, with the command that brings it, or cannot be read
 * @example (await readLocomotion("hopper-medium-replay-v2")).transitions().count
 */
export async function readLocomotion(idOrPath: string, { robot, onProgress }: { robot?: RobotName; onProgress?: ProgressFn } = {}): Promise<LocomotionData> {
  const path = existsSync(idOrPath) ? idOrPath : localPath(idOrPath);
  if (!existsSync(path)) {
    const near = nearest(idOrPath, d4rlSets.map(({ id }) => id));
    throw new UserError(`Cannot find data set "${idOrPath}" at ${path}.${near === undefined || near === idOrPath ? "" : ` Did you mean "${near}"?`} \`npx --no llmdpd data import <file or id>\` takes one in, \`npx --no llmdpd data fetch <id>\` downloads one.`);
  }
  const named = robot ?? robotNamed(idOrPath);
  if (statSync(path).isDirectory()) {
    const { episodes } = await readMinari(path);
    const name = robotOfEpisodes(episodes, { named, folder: path });
    return { id: idOrPath, robot: name, format: "minari", summary: summarizeTrajectories(name, episodes), transitions: () => transitionsOf(episodes), trajectories: () => episodes };
  }
  const data = await readD4rl(path, { infos: false, ...(named === undefined ? {} : { robot: named }), ...(onProgress === undefined ? {} : { onProgress }) });
  return { id: idOrPath, robot: data.robot, format: "d4rl", summary: summarizeD4rl(data), transitions: () => qlearningDataset(data), trajectories: () => d4rlTrajectories(data) };
}
