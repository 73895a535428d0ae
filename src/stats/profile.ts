import { percentiles, resampleInto, settings, type BootstrapOptions } from "./bootstrap.js";
import { checkScores, type TaskScores } from "./scores.js";

/** One point of a performance profile. */
export interface ProfilePoint {
  readonly threshold: number;
  /** Share of runs that score above the threshold, with its pointwise interval. */
  readonly fraction: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Performance profile: which share of the runs of all tasks scores above each threshold (Agarwal et al. 2021,
 * section 4.2). Its area above zero, for scores that are not negative, is the mean.
 *
 * @example performanceProfile([[0, 1], [1, 2]], [0.5]) // [{ threshold: 0.5, fraction: 0.75, … }]
 */
export function performanceProfile(scores: TaskScores, thresholds: readonly number[], options: BootstrapOptions = {}): ProfilePoint[] {
  checkScores(scores);
  const { rng, replicates, level } = settings(options);
  const sample = scores.map((runs) => [...runs]);
  const drawn = thresholds.map(() => new Float64Array(replicates));
  for (let i = 0; i < replicates; i++) {
    resampleInto(sample, scores, rng);
    const sorted = Float64Array.from(sample.flat()).sort();
    thresholds.forEach((threshold, t) => ((drawn[t] as Float64Array)[i] = shareAbove(sorted, threshold)));
  }
  const sorted = Float64Array.from(scores.flat()).sort();
  return thresholds.map((threshold, t) => ({ threshold, fraction: shareAbove(sorted, threshold), ...percentiles(drawn[t] as Float64Array, level) }));
}

/** Share of sorted values that are larger than the threshold, by bisection. */
function shareAbove(sorted: Float64Array, threshold: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) > threshold) high = middle;
    else low = middle + 1;
  }
  return (sorted.length - low) / sorted.length;
}
