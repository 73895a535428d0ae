import { checkScores, type TaskScores } from "./scores.js";

/** Arithmetic mean; NaN of nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/** Mean of the middle half: floor(n / 4) values are cut off at each end (scipy `trim_mean(values, 0.25)`). */
export function trimmedMean(values: readonly number[], { cut = 0.25 }: { cut?: number } = {}): number {
  const sorted = Float64Array.from(values).sort();
  const trimmed = Math.floor(cut * sorted.length);
  return mean(sorted.subarray(trimmed, sorted.length - trimmed));
}

/** Quantile with linear interpolation between order statistics (numpy's default, Hyndman and Fan's type 7); NaN of nothing. */
export function quantile(values: ArrayLike<number>, probability: number): number {
  return sortedQuantile(Float64Array.from(values).sort(), probability);
}

/** `quantile` of values that are sorted already. */
export function sortedQuantile(sorted: Float64Array, probability: number): number {
  if (sorted.length === 0) return NaN;
  const at = Math.min(Math.max(probability, 0), 1) * (sorted.length - 1);
  const low = Math.floor(at);
  const below = sorted[low] as number;
  const above = sorted[Math.min(low + 1, sorted.length - 1)] as number;
  return below + (at - low) * (above - below);
}

/** Median of some numbers; NaN of nothing. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** A number that sums up the scores of one algorithm on all tasks. */
export type Statistic = (scores: TaskScores) => number;

/** Mean over tasks of the mean over runs (rliable's Mean). */
export const meanScore: Statistic = (scores) => {
  checkScores(scores);
  return mean(scores.map(mean));
};

/** Median over tasks of the mean over runs (rliable's Median). */
export const medianScore: Statistic = (scores) => {
  checkScores(scores);
  return median(scores.map(mean));
};

/**
 * Interquartile mean over all runs of all tasks together (Agarwal et al. 2021, Deep RL at the Edge of the Statistical
 * Precipice): less noisy than the median, less swayed by outliers than the mean.
 *
 * @example iqm([[0, 1, 2], [3, 4, 100]]) // 2.5: of six sorted values, floor(6 / 4) = 1 is cut at each end
 */
export const iqm: Statistic = (scores) => {
  checkScores(scores);
  return trimmedMean(scores.flat());
};

/** How far the scores fall short of `gamma` on average, scores above it counting as `gamma` (Agarwal et al. 2021). */
export function optimalityGap(scores: TaskScores, { gamma = 1 }: { gamma?: number } = {}): number {
  checkScores(scores);
  return gamma - meanScore(scores.map((runs) => runs.map((score) => Math.min(score, gamma))));
}
