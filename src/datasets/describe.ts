import type { ProgressFn } from "../util/index.js";
import { catalogTasks } from "./catalog.js";
import { checkedEpisodes, datasetFolder, openTasks } from "./dataset.js";
import type { DatasetStamp } from "./stamp.js";
import { TaskTally, type TaskSummary } from "./summary.js";

/** What a data set holds. */
export interface DatasetDescription {
  readonly path: string;
  readonly tasks: readonly TaskSummary[];
  /** The same over all tasks together. */
  readonly all: TaskSummary;
  readonly stamps: ReadonlyMap<string, DatasetStamp>;
}

/**
 * Reads a data set once, one episode in memory at a time, and sums it up.
 *
 * @throws UserError if it is damaged, or its numbers do not fit its checksum
 */
export async function describeDataset(name: string, { onProgress }: { onProgress?: ProgressFn } = {}): Promise<DatasetDescription> {
  const total = catalogTasks(name).reduce((sum, { episodes }) => sum + episodes, 0);
  const all = new TaskTally();
  const tasks: TaskSummary[] = [];
  const stamps = new Map<string, DatasetStamp>();
  let done = 0;
  for await (const reader of openTasks(name)) {
    const tally = new TaskTally();
    for (const episode of checkedEpisodes(reader)) {
      tally.add(episode);
      all.add(episode);
      done++;
    }
    tasks.push(tally.summary(reader.task));
    stamps.set(reader.task, reader.stamp);
    onProgress?.({ done, total, label: "reading episodes", detail: reader.task });
  }
  return { path: datasetFolder(name), tasks, all: all.summary("all"), stamps };
}
