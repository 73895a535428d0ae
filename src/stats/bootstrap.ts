import { Rng } from "../util/index.js";
import { sortedQuantile, type Statistic } from "./aggregates.js";
import { checkScores, type TaskScores } from "./scores.js";

/** An estimate with the ends of its interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** Seed of the resampling: the same seed gives the same interval. */
  readonly seed?: number;
  /** Number of resamples (default 2,000; rliable uses 50,000 for aggregates). */
  readonly replicates?: number;
  /** Coverage of the interval (default 0.95). */
  readonly level?: number;
}

/**
 * Stratified percentile bootstrap: runs are drawn again with replacement inside each task, the tasks stay
 * (Agarwal et al. 2021, section 4). Says nothing about tasks that were not measured.
 *
 * @example bootstrap([[1, 0, 1, 1], [0, 0, 1, 0]], meanScore, { seed: 0 }) // { value: 0.5, low: …, high: … }
 */
export function bootstrap(scores: TaskScores, statistic: Statistic, options: BootstrapOptions = {}): Interval {
  checkScores(scores);
  const { rng, replicates, level } = settings(options);
  const sample = scores.map((runs) => [...runs]);
  const values = new Float64Array(replicates);
  for (let i = 0; i < replicates; i++) {
    resampleInto(sample, scores, rng);
    values[i] = statistic(sample);
  }
  return { value: statistic(scores), ...percentiles(values, level) };
}

/** Fills `sample` with runs of `scores` drawn with replacement inside each task. */
export function resampleInto(sample: number[][], scores: TaskScores, rng: Rng): void {
  scores.forEach((runs, task) => {
    const drawn = sample[task] as number[];
    for (let i = 0; i < runs.length; i++) drawn[i] = runs[rng.int(runs.length)] as number;
  });
}

/** The two ends of a percentile interval; sorts `values`. */
export function percentiles(values: Float64Array, level: number): { low: number; high: number } {
  values.sort();
  return { low: sortedQuantile(values, (1 - level) / 2), high: sortedQuantile(values, (1 + level) / 2) };
}

/** The options with their defaults, checked. */
export function settings({ seed = 0, replicates = 2000, level = 0.95 }: BootstrapOptions): { rng: Rng; replicates: number; level: number } {
  if (!Number.isInteger(replicates) || replicates < 1) throw new RangeError(`Cannot bootstrap: replicates must be a positive integer, got ${replicates}`);
  if (!(level > 0 && level < 1)) throw new RangeError(`Cannot bootstrap: level must lie between 0 and 1, got ${level}`);
  return { rng: new Rng(seed).fork("bootstrap"), replicates, level };
}
