import { mean } from "./aggregates.js";
import { settings, type BootstrapOptions, type Interval } from "./bootstrap.js";
import { twoStageInterval, type RunsOfTask } from "./two-stage.js";
import { wilson } from "./wilson.js";

/** Outcomes (0 or 1) of two policies in the same episode. */
export type Pair = readonly [one: number, other: number];

/**
 * Difference of two success rates over paired episodes, averaged over tasks. Runs are resampled first and then the
 * pairs of each task, see `summarise`. Where all pairs of each task agree, which a resample would give an interval
 * without a width, it is Newcombe's of two independent proportions (1998, method 10), which is wider than pairs need.
 *
 * @param tasks an array per task of an array per run of pairs
 * @param options.keys name the stream of random numbers
 * @example pairedDifference([[[[1, 0], [1, 1]]]], { keys: ["a", "b"] }).value // 0.5
 */
export function pairedDifference(tasks: readonly (readonly (readonly Pair[])[])[], { keys, ...options }: BootstrapOptions & { keys: readonly string[] }): Interval {
  const differences: RunsOfTask[] = tasks.map((runs) => runs.map((pairs) => pairs.map(([one, other]) => one - other)));
  const value = mean(differences.map((runs) => mean(runs.flat())));
  if (differences.some((runs) => new Set(runs.flat()).size > 1)) return { value, ...twoStageInterval(differences, { ...options, keys }) };
  const { level } = settings(options);
  const trials = tasks.reduce((sum, runs) => sum + runs.flat().length, 0);
  const [one, other] = ([0, 1] as const).map((side) => wilson(mean(tasks.map((runs) => mean(runs.flat().map((pair) => pair[side])))) * trials, trials, { level })) as [Interval, Interval];
  return { value, low: value - Math.hypot(one.value - one.low, other.high - other.value), high: value + Math.hypot(one.high - one.value, other.value - other.low) };
}
