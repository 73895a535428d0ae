import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename } from "node:path";
import { type ProgressFn, UserError, dataPath, downloadFile, nearest, sha256File } from "../../util/index.js";
import { minariPaths } from "../minari.js";
import { type D4rlSet, d4rlMirrors, d4rlSets } from "./catalog.js";
import { robotNamed } from "./data.js";
import { type Imported, importData, importRecord, joinParts, localPath } from "./store.js";

export interface FetchOptions {
  /** Folders to ask before the known ones: `<mirror>/<file>` for D4RL, `<mirror>/<id>/data/…` for Minari. */
  readonly mirrors?: readonly string[];
  /** Whether the known addresses are asked at all. Default true. */
  readonly known?: boolean;
  /** Downloads although the data set is here. */
  readonly force?: boolean;
  /** Passed to `downloadFile`. */
  readonly attempts?: number;
  readonly pauseMs?: number;
  readonly onProgress?: ProgressFn;
}

/**
 * Downloads a data set and takes it in as `importData` does. What was downloaded is resumed at the next call; its
 * checksum is recorded, and a later download must have the same. `medium-expert` is put together where its parts are
 * here already.
 *
 * @throws UserError if no mirror serves it, with the reason of each and what to do without a network
 * @example await fetchData("hopper-medium-replay-v2", { onProgress: terminalProgress() })
 */
export async function fetchData(id: string, options: FetchOptions = {}): Promise<Imported> {
  const set = d4rlSets.find((known) => known.id === id);
  const minari = /^([\w-]+\/)+[\w-]+-v\d+$/.test(id) && robotNamed(id) !== undefined;
  if (set === undefined && !minari) {
    const near = nearest(id, d4rlSets.map((known) => known.id));
    throw new UserError(`Cannot fetch "${id}": a data set's id is needed.${near === undefined ? "" : ` Did you mean "${near}"?`} Known: ${d4rlSets.map((known) => known.id).join(", ")}, and Minari's, such as mujoco/hopper/medium-v0.`);
  }
  if (options.force !== true) {
    const here = await alreadyHere(id);
    if (here !== undefined) return here;
  }
  return set === undefined ? await fetchMinari(id, options) : await fetchD4rl(set, options);
}

/** The data set, if its file is here and still the one that was recorded. */
async function alreadyHere(id: string): Promise<Imported | undefined> {
  const path = localPath(id);
  const record = importRecord(id);
  const file = record?.format === "minari" ? minariPaths(path).hdf5 : path;
  if (record === undefined || !existsSync(record.sha256 === undefined ? path : file)) return undefined;
  if (record.sha256 !== undefined && (await sha256File(file)) !== record.sha256) {
    throw new UserError(`Cannot use "${file}": its SHA-256 must be ${record.sha256} as recorded, got another. It was altered or cut off; --force fetches it again.`);
  }
  return { ...record, path };
}

/** The checksum of an earlier download. */
function downloadedSha256(id: string): string | undefined {
  const record = importRecord(id);
  return record !== undefined && /^https?:/.test(record.source) ? record.sha256 : undefined;
}

/** Mirrors that the caller or `LLMDPD_D4RL_MIRRORS` names, with a slash at their end. */
function namedMirrors({ mirrors = [] }: FetchOptions): string[] {
  const environment = (process.env["LLMDPD_D4RL_MIRRORS"] ?? "").split(/\s+/).filter((url) => url !== "");
  return [...mirrors, ...environment].map((url) => (url.endsWith("/") ? url : `${url}/`));
}

const byHand = (url: string | undefined, command: string): string =>
  `Without a network here, download ${url ?? "it"} on another machine and take it in with \`npx --no llmdpd data import ${command}\`; --mirror and LLMDPD_D4RL_MIRRORS name other addresses.`;

async function fetchD4rl(set: D4rlSet, options: FetchOptions): Promise<Imported> {
  const { onProgress, force = false, known = true, attempts, pauseMs } = options;
  const progress = onProgress === undefined ? {} : { onProgress };
  if (set.kind === "medium-expert" && !force) {
    const joined = await joinParts(set, progress);
    if (joined !== undefined) return joined;
  }
  const urls = [...namedMirrors(options), ...(known ? d4rlMirrors : [])].map((mirror) => `${mirror}${set.file}`);
  const path = dataPath("cache", "d4rl", set.file);
  const sha256 = downloadedSha256(set.id);
  const { url } = await downloadFile(urls, { path, advice: byHand(urls.at(-1), set.file), ...progress, ...(sha256 === undefined || force ? {} : { sha256 }), ...(attempts === undefined ? {} : { attempts }), ...(pauseMs === undefined ? {} : { pauseMs }) });
  try {
    return await importData(path, { as: set.id, robot: set.robot, source: url, force, ...progress });
  } finally {
    await rm(path, { force: true });
  }
}

/** Minari's HDF5 files on its hub: one repository per namespace. */
async function fetchMinari(id: string, options: FetchOptions): Promise<Imported> {
  const { onProgress, force = false, known = true, attempts, pauseMs } = options;
  const [namespace, ...rest] = id.split("/");
  const bases = [...namedMirrors(options).map((mirror) => `${mirror}${id}/data/`), ...(known ? [`https://huggingface.co/datasets/farama-minari/${namespace}/resolve/main/${rest.join("/")}/data/`] : [])];
  const folder = dataPath("cache", "minari", ...id.split("/"));
  const shared = { ...(onProgress === undefined ? {} : { onProgress }), ...(attempts === undefined ? {} : { attempts }), ...(pauseMs === undefined ? {} : { pauseMs }) };
  const advice = byHand(`${bases.at(-1)}main_data.hdf5 and metadata.json beside it`, basename(id));
  await downloadFile(bases.map((base) => `${base}metadata.json`), { ...shared, path: minariPaths(folder).metadata, advice });
  const sha256 = downloadedSha256(id);
  const { url } = await downloadFile(bases.map((base) => `${base}main_data.hdf5`), { ...shared, path: minariPaths(folder).hdf5, advice, ...(sha256 === undefined || force ? {} : { sha256 }) });
  try {
    return await importData(folder, { as: id, source: url, force: force || !existsSync(minariPaths(localPath(id)).hdf5) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
