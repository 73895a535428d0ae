import { Rng } from "../util/index.js";
import { percentiles, settings, type BootstrapOptions } from "./bootstrap.js";

/** Results on one task: an array per run, in the order of the runs of their variant (empty where a run lacks the task). */
export type RunsOfTask = readonly (readonly number[])[];

/**
 * Interval of the mean over tasks: runs are drawn again first, for all tasks together, and then the episodes of each
 * task inside the drawn runs. With one run only episodes are drawn.
 *
 * @param options.keys name the stream of random numbers
 */
export function twoStageInterval(tasks: readonly RunsOfTask[], { keys, ...options }: BootstrapOptions & { keys: readonly string[] }): { low: number; high: number } {
  const { replicates, level } = settings(options);
  const rng = new Rng(options.seed ?? 0).fork("summarise", ...keys);
  const values = new Float64Array(replicates);
  for (let i = 0; i < replicates; i++) values[i] = resampledMean(tasks, rng);
  return percentiles(values, level);
}

/** Mean over tasks in a resample; a task that the drawn runs lack is left out of this resample. */
function resampledMean(tasks: readonly RunsOfTask[], rng: Rng): number {
  const runCount = (tasks[0] as RunsOfTask).length;
  const drawn = Array.from({ length: runCount }, () => (runCount === 1 ? 0 : rng.int(runCount)));
  let sum = 0;
  let counted = 0;
  for (const runs of tasks) {
    let results = 0;
    let trials = 0;
    for (const run of drawn) {
      const episodes = runs[run] as readonly number[];
      for (let i = 0; i < episodes.length; i++) results += episodes[rng.int(episodes.length)] as number;
      trials += episodes.length;
    }
    if (trials === 0) continue;
    sum += results / trials;
    counted++;
  }
  // Unbalanced data only: no drawn run has any of the tasks. Draw again.
  return counted === 0 ? resampledMean(tasks, rng) : sum / counted;
}
