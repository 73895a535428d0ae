import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import { z } from "zod";
import { dataPath } from "../util/index.js";
import { taskFolders } from "./dataset.js";
import { minariPaths } from "./minari.js";
import { stampSchema, stampKey, summaryKey } from "./stamp.js";
import { taskSummarySchema } from "./summary.js";

/** One Minari dataset, as its metadata.json tells. */
export interface CatalogTask {
  /** Minari's id: the path below `data/raw`, or what the metadata say. */
  readonly id: string;
  readonly task: string;
  readonly episodes: number;
  readonly steps: number;
  /** Size on disk. */
  readonly bytes: number;
  /** Episodes in which the task was done; undefined where the maker did not say. */
  readonly successes?: number;
  /** Mixture of behaviours; undefined for data sets of other programs. */
  readonly preset?: string;
}

/** A data set: one Minari dataset, a folder of several that were made together, or an imported D4RL file. */
export interface CatalogEntry {
  /** What `data show`, `verify`, `sample` and `export` take. */
  readonly name: string;
  readonly path: string;
  readonly tasks: readonly CatalogTask[];
  /** Another process writes it, or one was stopped in the middle. */
  readonly unfinished: boolean;
}

const metadataSchema = z.object({
  dataset_id: z.string().optional(),
  total_episodes: z.number().optional(),
  total_steps: z.number().optional(),
  [stampKey]: stampSchema.optional().catch(undefined),
  [summaryKey]: taskSummarySchema.optional().catch(undefined),
});

/** What the metadata of one Minari dataset tell, without opening its HDF5 file. */
function readCatalogTask(folder: string, task: string): CatalogTask {
  const { hdf5, metadata } = minariPaths(folder);
  let known: Partial<z.infer<typeof metadataSchema>> = {};
  try {
    known = metadataSchema.parse(JSON.parse(readFileSync(metadata, "utf8")));
  } catch {
    // A damaged dataset is listed with zeros; `data verify` tells what is wrong.
  }
  const { dataset_id: id, total_episodes: episodes = 0, total_steps: steps = 0, [stampKey]: stamp, [summaryKey]: summary } = known;
  const bytes = [hdf5, metadata].reduce((sum, file) => sum + (existsSync(file) ? statSync(file).size : 0), 0);
  return { id: id ?? basename(folder), task, episodes, steps, bytes, ...(summary === undefined ? {} : { successes: summary.successes }), ...(stamp === undefined ? {} : { preset: stamp.preset }) };
}

/** Every task of a data set by name or path, from its metadata. @throws UserError if there is no such data set */
export function catalogTasks(nameOrPath: string): CatalogTask[] {
  return [...taskFolders(nameOrPath)].map(([task, folder]) => readCatalogTask(folder, task));
}

/**
 * The data sets below a folder, in the order of the alphabet.
 *
 * @param root default `data/raw`
 * @example listDatasets().map(({ name, tasks }) => `${name}: ${tasks.length}`)
 */
export function listDatasets(root: string = dataPath("raw")): CatalogEntry[] {
  const entries: CatalogEntry[] = [];
  const visit = (path: string): void => {
    const folders = readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.endsWith(".old"))
      .map((entry) => join(path, entry.name))
      .sort();
    const datasets = folders.filter((folder) => existsSync(minariPaths(folder).hdf5));
    const unfinished = path.endsWith(".part");
    if (datasets.length > 0 || unfinished) {
      const tasks = datasets.map((folder) => readCatalogTask(folder, basename(folder).replace(/-v\d+$/, "")));
      entries.push({ name: nameOf(path, root), path, tasks, unfinished });
    }
    if (unfinished) return;
    for (const file of readdirSync(path).sort()) {
      const imported = importedFile(join(path, file));
      if (imported !== undefined) entries.push(imported);
    }
    for (const folder of folders) if (!datasets.includes(folder)) visit(folder);
  };
  if (existsSync(root)) visit(root);
  return entries;
}

const recordSchema = z.object({ id: z.string(), robot: z.string(), bytes: z.number(), summary: z.object({ rows: z.number(), episodes: z.number() }) });

/** A D4RL file, as the record beside it tells; undefined for other files. */
function importedFile(file: string): CatalogEntry | undefined {
  if (!file.endsWith(".hdf5") || !existsSync(`${file}.json`)) return undefined;
  try {
    const { id, robot, bytes, summary } = recordSchema.parse(JSON.parse(readFileSync(`${file}.json`, "utf8")));
    return { name: id, path: file, tasks: [{ id, task: robot, episodes: summary.episodes, steps: summary.rows, bytes }], unfinished: false };
  } catch {
    return undefined;
  }
}

/** "mine" for `data/raw/metaworld/mine`, the path below the root otherwise. */
function nameOf(path: string, root: string): string {
  const below = relative(root, path).split(sep);
  return below.length === 2 && below[0] === "metaworld" ? (below[1] as string) : below.join("/");
}
