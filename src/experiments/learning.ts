import { readMetrics, type RunSummary } from "./run-store.js";

/** One averaged metric of one run at one update: the long format that learning curves are drawn from. */
export interface LearningRow {
  readonly variant: string;
  readonly seed: string;
  readonly step: number;
  readonly metric: string;
  readonly value: number;
}

/** The metrics of runs in the long format. */
export function learningRows(runs: readonly RunSummary[]): LearningRow[] {
  return runs.flatMap(({ path, run }) => {
    const [, variant = run, seed = "-"] = /^(.*)-seed(\d+)$/.exec(run) ?? [];
    return readMetrics(path).flatMap(({ step, ...metrics }) => Object.entries(metrics).map(([metric, value]) => ({ variant, seed, step, metric, value })));
  });
}
