import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setImmediate } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { ColumnSource } from "hyparquet-writer";
import { type ProgressFn, UserError, messageOf } from "../util/index.js";
import { catalogTasks } from "./catalog.js";
import { type Cell, type Column, columns } from "./columns.js";
import { checkedEpisodes, openTasks } from "./dataset.js";
import { stampKey, type DatasetStamp } from "./stamp.js";
import type { Episode } from "./trajectory.js";

/** Rows of a row group, at most one episode more: what is in memory at a time. */
const rowsPerGroup = 20_000;

const types = { string: "STRING", int32: "INT32", float32: "FLOAT", float64: "DOUBLE", boolean: "BOOLEAN" } as const;

export interface ExportOptions {
  /** Only these tasks; default all. */
  readonly tasks?: readonly string[];
  /** Stops between two row groups; no file is left. */
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressFn;
}

export interface Exported {
  readonly rows: number;
  readonly episodes: number;
}

/**
 * Writes a data set as one Parquet file, a row per observation: see `columns`. What each column holds is in the file's
 * metadata under `columns`, how each task came about under `llmdpd`, both JSON. The file is written whole or not at all.
 *
 * @throws UserError if the data set is damaged, or the file cannot be written
 * @example await exportParquet("mine", "mine.parquet");
 */
export async function exportParquet(name: string, file: string, { tasks, signal, onProgress }: ExportOptions = {}): Promise<Exported> {
  const { ParquetWriter, fileWriter, schemaFromColumnData } = await import("hyparquet-writer");
  const total = catalogTasks(name).reduce((sum, task) => sum + (tasks === undefined || tasks.includes(task.task) ? task.episodes : 0), 0);
  const part = `${file}.${process.pid}.part`;
  const stamps: DatasetStamp[] = [];
  let rows = 0;
  let episodes = 0;
  try {
    await mkdir(dirname(part), { recursive: true });
    const writer = new ParquetWriter({
      writer: fileWriter(part),
      schema: schemaFromColumnData({ columnData: sources([]) }),
      codec: "GZIP",
      compressors: { GZIP: (bytes) => gzipSync(bytes, { level: 3 }) },
      createdBy: "llmdpd",
    });
    let group: Episode[] = [];
    let waiting = 0;
    const flush = async (): Promise<void> => {
      if (waiting === 0) return;
      await writer.write({ columnData: sources(group), rowGroupSize: waiting });
      rows += waiting;
      [group, waiting] = [[], 0];
      // Lets signals in.
      await setImmediate();
      signal?.throwIfAborted();
    };
    for await (const reader of openTasks(name, tasks === undefined ? {} : { tasks })) {
      stamps.push(reader.stamp);
      for (const episode of checkedEpisodes(reader)) {
        group.push(episode);
        waiting += episode.steps + 1;
        episodes++;
        if (waiting < rowsPerGroup) continue;
        await flush();
        onProgress?.({ done: episodes, total, label: "exporting episodes", detail: reader.task });
      }
    }
    await flush();
    writer.kvMetadata = [
      { key: "columns", value: JSON.stringify(Object.fromEntries(columns.map(({ name: column, about }) => [column, about]))) },
      { key: stampKey, value: JSON.stringify(stamps) },
    ];
    await writer.finish();
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    if (error instanceof UserError || signal?.aborted === true) throw error;
    throw new UserError(`Cannot write "${file}": ${messageOf(error)}. The previous file, if any, is untouched.`, { cause: error });
  }
  onProgress?.({ done: episodes, total: episodes, label: "exporting episodes" });
  return { rows, episodes };
}

/** The columns of some episodes as the writer takes them. */
function sources(episodes: readonly Episode[]): ColumnSource[] {
  return columns.map((column) => ({ name: column.name, type: types[column.type], nullable: column.nullable ?? false, data: valuesOf(column, episodes) }));
}

function valuesOf({ value }: Column, episodes: readonly Episode[]): Cell[] {
  const values: Cell[] = [];
  for (const episode of episodes) for (let row = 0; row <= episode.steps; row++) values.push(value(episode, row));
  return values;
}
