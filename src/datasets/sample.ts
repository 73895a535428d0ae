import { Rng, UserError, oneOf } from "../util/index.js";
import { catalogTasks } from "./catalog.js";
import { type Cell, columns } from "./columns.js";
import { type TaskReader, openTasks } from "./dataset.js";
import type { Episode } from "./trajectory.js";

/** One row of the flat table, by column name. */
export type SampledRow = Readonly<Record<string, Cell>>;

export interface SampleOptions {
  /** Transitions to draw; default 10. */
  readonly count?: number;
  /** Only this task. */
  readonly task?: string;
  /** All rows of this episode, of `task` or of the first one, instead. */
  readonly episode?: number;
  readonly seed?: number;
}

/**
 * Some transitions of a data set (each task equally likely, each of its episodes, and each step of the episode), or one
 * whole episode.
 *
 * @throws UserError for an unknown data set, task or episode
 * @example (await sampleDataset("mine", { count: 3 }))[0]?.["reward"]
 */
export async function sampleDataset(name: string, { count = 10, task, episode, seed = 0 }: SampleOptions = {}): Promise<SampledRow[]> {
  const names = catalogTasks(name).map((each) => each.task);
  if (task !== undefined) oneOf(task, names, { what: "task" });
  const rng = new Rng(seed).fork("sample");
  const wanted = episode === undefined ? Array.from({ length: count }, () => task ?? rng.choice(names)) : [task ?? names[0] ?? ""];
  const drawn = new Map<string, SampledRow[]>();
  for await (const reader of openTasks(name, { tasks: [...new Set(wanted)] })) {
    if (episode !== undefined) return rowsOf(episodeOf(reader, episode));
    const stream = rng.fork(reader.task);
    const rows = wanted.flatMap((each) => (each === reader.task ? [drawRow(reader, stream)] : []));
    drawn.set(reader.task, rows);
  }
  return wanted.map((each) => drawn.get(each)?.shift() as SampledRow);
}

function episodeOf({ task, count, episode }: TaskReader, index: number): Episode {
  if (index >= count) throw new UserError(`Cannot show episode ${index} of "${task}": it has ${count}, 0 to ${count - 1}.`);
  return episode(index);
}

function drawRow({ count, episode }: TaskReader, rng: Rng): SampledRow {
  const drawn = episode(rng.int(count));
  return rowOf(drawn, rng.int(drawn.steps));
}

const rowsOf = (episode: Episode): SampledRow[] => Array.from({ length: episode.steps + 1 }, (_, row) => rowOf(episode, row));
const rowOf = (episode: Episode, row: number): SampledRow => Object.fromEntries(columns.map(({ name, value }) => [name, value(episode, row)]));
