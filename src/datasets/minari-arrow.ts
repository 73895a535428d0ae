import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Column } from "@uwdata/flechette";
import { UserError, messageOf } from "../util/index.js";
import type { Hdf5Array, Hdf5Attribute, Hdf5Group, Hdf5Numbers, Hdf5Reader } from "./hdf5.js";

type Flechette = typeof import("@uwdata/flechette");

/** Whether a Minari dataset's `data` folder holds episodes as Arrow or Parquet files. */
export function arrowEpisodes(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => /^\d+$/.test(name)).sort((one, two) => Number(one) - Number(two));
}

/**
 * Opens the episodes of a Minari dataset in Arrow files, `<folder>/<episode>/part-0.arrow`, in the shape of its HDF5
 * file, so that one reader checks both. Its arrays are padded to T + 1 rows there, which is undone here.
 *
 * @throws UserError if an episode is missing, truncated, or in Parquet
 */
export async function openArrowEpisodes(folder: string): Promise<Hdf5Reader> {
  const library = await import("@uwdata/flechette");
  const episodes = arrowEpisodes(folder);
  return {
    attributes: {},
    names: episodes.map((name) => `episode_${name}`),
    group: (name) => readEpisode(join(folder, name.replace("episode_", "")), library),
    close: () => undefined,
  };
}

function readEpisode(folder: string, library: Flechette): Hdf5Group {
  const files = readdirSync(folder).filter((name) => /\.(arrow|parquet)$/.test(name)).sort();
  const [file] = files;
  if (file === undefined || files.length > 1) throw new UserError(`Cannot read "${folder}": one file part-0.arrow is needed, got ${files.join(", ") || "none"}.`);
  const path = join(folder, file);
  if (file.endsWith(".parquet")) throw new UserError(`Cannot read "${path}": Arrow or HDF5 is needed, this is Parquet. Write the dataset anew with minari and data_format="hdf5".`);
  try {
    const table = library.tableFromIPC(readFileSync(path));
    const rows = table.numRows;
    const arrays: Record<string, Hdf5Array> = {};
    for (const name of table.names.filter((field) => field !== "infos")) {
      const column = table.getChild(name) as Column<unknown>;
      // Only observations have a row more than there are actions.
      arrays[name] = numbersOf(column, { rows: name === "observations" ? rows : rows - 1 });
    }
    const infos = table.names.includes("infos") ? structOf(table.getChild("infos") as Column<unknown>) : {};
    return { attributes: attributesOf(folder), arrays, groups: { infos: { attributes: {}, arrays: infos, groups: {} } } };
  } catch (error) {
    throw new UserError(`Cannot read "${path}": ${messageOf(error)}. The file is truncated, damaged or no Arrow file.`, { cause: error });
  }
}

/** A column of numbers, or of lists of equal length, as an array. */
function numbersOf(column: Column<unknown>, { rows }: { rows: number }): Hdf5Array {
  return stacked(Array.from({ length: rows }, (_, row) => column.at(row)));
}

function stacked(values: readonly unknown[]): Hdf5Array {
  const [first] = values;
  if (typeof first === "boolean") return { shape: [values.length], data: Uint8Array.from(values, Number) };
  if (typeof first === "number" || first === undefined) return { shape: [values.length], data: Float64Array.from(values as number[]) };
  if (!isNumbers(first)) throw new Error(`numbers are needed, got ${Object.prototype.toString.call(first)}`);
  const width = first.length;
  const Kind = first.constructor as new (length: number) => Float64Array;
  const data = new Kind(values.length * width);
  for (const [row, value] of values.entries()) data.set(value as Float64Array, row * width);
  return { shape: [values.length, width], data };
}

function isNumbers(value: unknown): value is Hdf5Numbers {
  return [Float32Array, Float64Array, Int8Array, Uint8Array, Int32Array].some((kind) => value instanceof kind);
}

/** The numeric fields of a struct; text and nested ones are left out, as from HDF5. */
function structOf(column: Column<unknown>): Record<string, Hdf5Array> {
  const rows = Array.from({ length: column.length }, (_, row) => column.at(row) as Record<string, unknown>);
  const found: Record<string, Hdf5Array> = {};
  for (const [name, value] of Object.entries(rows[0] ?? {})) {
    if (typeof value !== "number" && typeof value !== "boolean" && !isNumbers(value)) continue;
    const array = stacked(rows.map((row) => row[name]));
    // A number per step is a list of one in the file.
    found[name] = array.shape[1] === 1 ? { ...array, shape: array.shape.slice(0, 1) } : array;
  }
  return found;
}

function attributesOf(folder: string): Record<string, Hdf5Attribute> {
  const path = join(folder, "metadata.json");
  if (!existsSync(path)) return {};
  const parsed = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(parsed).filter((entry): entry is [string, string | number] => ["string", "number"].includes(typeof entry[1])));
}
