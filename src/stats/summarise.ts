import { mean } from "./aggregates.js";
import { settings, type BootstrapOptions, type Interval } from "./bootstrap.js";
import { twoStageInterval, type RunsOfTask } from "./two-stage.js";
import { groupBy } from "./group-by.js";
import { wilson } from "./wilson.js";

/** One evaluated episode. */
export interface EpisodeRow {
  readonly variant: string;
  readonly split: string;
  readonly task: string;
  /** Training run (seed) that the policy comes from; rows without one (random, expert) count as one run. */
  readonly seed?: number | string;
  readonly success: boolean | number;
  readonly return: number;
}

/** Success and return of one variant on one task, or on all tasks of a split (task "*"). */
export interface SummaryRow {
  readonly variant: string;
  readonly split: string;
  /** A task's name, or "*" for the mean over the tasks of the split, each counting the same. */
  readonly task: string;
  /** Number of episodes. */
  readonly n: number;
  /** Number of training runs that they come from. */
  readonly runs: number;
  /** Share of episodes that succeeded, with its interval. */
  readonly success: number;
  readonly low: number;
  readonly high: number;
  readonly interval: "wilson" | "bootstrap";
  /** Mean undiscounted return. */
  readonly return: number;
}

/**
 * Summary rows of evaluated episodes: one per variant, split and task, and one with task "*" per variant and split,
 * in the order in which variants, splits and tasks first appear.
 *
 * One policy is evaluated on all tasks, so runs are what is resampled first, for all tasks together, and then the
 * episodes of each task inside the drawn runs (a two-stage bootstrap; rliable resamples runs per task, as if each
 * task had been trained apart). With one run only episodes are resampled: the interval then says nothing about other
 * trainings, hence the column `runs`. With two to four runs it is little more than the range of their means: drawing
 * three of three gives each extreme with probability 1/27. One task of one run gets Wilson's interval, and so do tasks in each of which all
 * episodes agree: resampling them would give an interval without a width.
 *
 * @example summarise([{ variant: "full", split: "seen", task: "door-open", success: true, return: 900 }])
 */
export function summarise(rows: readonly EpisodeRow[], options: BootstrapOptions = {}): SummaryRow[] {
  const groups = groupBy(rows, (row) => JSON.stringify([row.variant, row.split]));
  return [...groups.values()].flatMap((group) => {
    const { variant, split } = group[0] as EpisodeRow;
    const runs = [...new Set(group.map(runOf))];
    const tasks = groupBy(group, (row) => row.task);
    const successes = new Map([...tasks].map(([task, episodes]) => [task, runs.map((run) => episodes.filter((row) => runOf(row) === run).map(successOf))]));
    const row = (task: string, episodes: readonly EpisodeRow[], parts: readonly RunsOfTask[], taskReturn: number): SummaryRow => {
      const usedRuns = new Set(episodes.map(runOf)).size;
      const { low, high, value, method } = successInterval(parts, options, [variant, split, task]);
      return { variant, split, task, n: episodes.length, runs: usedRuns, success: value, low, high, interval: method, return: taskReturn };
    };
    const returns = new Map([...tasks].map(([task, episodes]) => [task, mean(episodes.map((episode) => episode.return))]));
    const perTask = [...tasks].map(([task, episodes]) => row(task, episodes, [successes.get(task) as RunsOfTask], returns.get(task) as number));
    return [...perTask, row("*", group, [...successes.values()], mean([...returns.values()]))];
  });
}

function successInterval(tasks: readonly RunsOfTask[], options: BootstrapOptions, keys: readonly string[]): Interval & { method: "wilson" | "bootstrap" } {
  const { level } = settings(options);
  const trials = tasks.reduce((sum, runs) => sum + runs.flat().length, 0);
  const populated = tasks[0]?.filter((run) => run.length > 0).length ?? 0;
  const value = mean(tasks.map((runs) => mean(runs.flat())));
  const agree = tasks.every((runs) => new Set(runs.flat()).size === 1);
  if (agree || (tasks.length === 1 && populated === 1)) return { ...wilson(value * trials, trials, { level }), method: "wilson" };
  return { value, ...twoStageInterval(tasks, { ...options, keys }), method: "bootstrap" };
}

function runOf(row: EpisodeRow): string {
  return String(row.seed ?? "");
}

function successOf(row: EpisodeRow): number {
  const success = Number(row.success);
  if (success !== 0 && success !== 1) throw new RangeError(`Cannot summarise episodes of task "${row.task}": success must be 0 or 1, got ${row.success}`);
  return success;
}
