import { mean } from "./aggregates.js";
import { percentiles, resampleInto, settings, type BootstrapOptions, type Interval } from "./bootstrap.js";
import { checkScores, type TaskScores } from "./scores.js";

/**
 * Probability that a run of `x` scores higher than a run of `y` on a task drawn at random: Mann and Whitney's U over
 * the number of pairs, ties counting one half, averaged over the tasks (Agarwal et al. 2021). The interval resamples
 * the runs of both independently inside each task.
 *
 * @param x scores of one algorithm, a row per task
 * @param y scores of the other on the same tasks in the same order
 * @example probabilityOfImprovement([[2, 3]], [[1, 3]]).value // (1 + 0 + 1 + 0.5) / 4 = 0.625
 */
export function probabilityOfImprovement(x: TaskScores, y: TaskScores, options: BootstrapOptions = {}): Interval {
  checkScores(x);
  checkScores(y);
  if (x.length !== y.length) throw new RangeError(`Cannot compare scores: the same tasks are required, got ${x.length} and ${y.length}`);
  const { rng, replicates, level } = settings(options);
  const sampleX = x.map((runs) => [...runs]);
  const sampleY = y.map((runs) => [...runs]);
  const values = new Float64Array(replicates);
  for (let i = 0; i < replicates; i++) {
    resampleInto(sampleX, x, rng);
    resampleInto(sampleY, y, rng);
    values[i] = improvement(sampleX, sampleY);
  }
  return { value: improvement(x, y), ...percentiles(values, level) };
}

function improvement(x: TaskScores, y: TaskScores): number {
  return mean(x.map((runs, task) => superiority(runs, y[task] as readonly number[])));
}

/** Share of pairs in which the first is larger, ties one half. */
function superiority(x: readonly number[], y: readonly number[]): number {
  let wins = 0;
  for (const a of x) for (const b of y) wins += a > b ? 1 : a === b ? 0.5 : 0;
  return wins / (x.length * y.length);
}
