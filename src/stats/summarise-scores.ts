import { mean } from "./aggregates.js";
import type { BootstrapOptions } from "./bootstrap.js";
import { groupBy } from "./group-by.js";
import { twoStageInterval } from "./two-stage.js";

/** One scored episode of a policy on a data set's robot. */
export interface ScoredRow {
  readonly variant: string;
  readonly dataset: string;
  /** Training run (seed); rows without one count as one run. */
  readonly seed: string;
  readonly checkpoint: string;
  readonly candidates: number;
  /** Updates that the checkpoint had made. */
  readonly updates: number;
  readonly return: number;
  readonly score: number;
}

/** Mean score of one variant on one data set, by checkpoint and number of candidates. */
export interface ScoreRow extends Pick<ScoredRow, "variant" | "dataset" | "checkpoint" | "candidates"> {
  /** Mean over runs. */
  readonly updates: number;
  /** Number of episodes. */
  readonly n: number;
  /** Number of training runs that they come from. */
  readonly runs: number;
  readonly score: number;
  readonly low: number;
  readonly high: number;
  /** Mean undiscounted return. */
  readonly return: number;
}

/**
 * Scores of episodes by variant, data set, checkpoint and candidates, with 95% intervals: runs are resampled first and
 * then their episodes, see `summarise`; with one run the interval says nothing about other trainings.
 *
 * @example summariseScores(episodes).filter(({ checkpoint }) => checkpoint === "last")
 */
export function summariseScores(rows: readonly ScoredRow[], options: BootstrapOptions = {}): ScoreRow[] {
  const groups = groupBy(rows, ({ variant, dataset, checkpoint, candidates }) => JSON.stringify([variant, dataset, checkpoint, candidates]));
  return [...groups].map(([key, group]) => {
    const { variant, dataset, checkpoint, candidates } = group[0] as ScoredRow;
    const runs = [...groupBy(group, ({ seed }) => seed).values()];
    const scores = runs.map((run) => run.map(({ score }) => score));
    return {
      variant, dataset, checkpoint, candidates, updates: mean(runs.map((run) => (run[0] as ScoredRow).updates)), n: group.length, runs: runs.length,
      score: mean(scores.flat()), ...twoStageInterval([scores], { ...options, keys: [key] }), return: mean(group.map((row) => row.return)),
    };
  });
}
