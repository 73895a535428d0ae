import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { pairedDifference, summarise, type Pair, type SummaryRow } from "../stats/index.js";
import { UserError, dataPath } from "../util/index.js";
import { learningRows, type LearningRow } from "./learning.js";
import { protocolNamed, protocolNames } from "./protocols.js";
import { readEpisodes, writeTable, type EpisodeRecord } from "./records.js";
import { listRuns, type RunSummary } from "./run-store.js";

/** Success of `full` minus success of a variant on the same episodes, averaged over the tasks of a split. */
export interface ComparisonRow {
  readonly split: string;
  readonly variant: string;
  /** Pairs of episodes: same task, goal and training seed. */
  readonly n: number;
  /** Pairs with the same outcome. */
  readonly same: number;
  /** Training seeds that the pairs come from. */
  readonly runs: number;
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

/** The tidy tables of a study; each is a CSV file of the same name in its folder. */
export interface StudyTables {
  readonly episodes: readonly EpisodeRecord[];
  readonly summary: readonly (SummaryRow & { readonly protocol?: string })[];
  readonly comparison: readonly ComparisonRow[];
  readonly learning: readonly LearningRow[];
}

/** Rows that come first in every table: those that bound what a policy can do. */
export const baselines = ["random", "expert"] as const;
export type Baseline = (typeof baselines)[number];

export interface CollectOptions {
  readonly variants: readonly string[];
  /** Folders of the runs; by default all of these variants that the study's folder holds. */
  readonly paths?: readonly string[];
  readonly bootstrapSeed?: number;
}

/** The evaluated runs of a study, the first variants first. @throws UserError if there is none */
export function evaluatedRuns(study: string, { order, paths }: { order: readonly string[]; paths?: readonly string[] | undefined }): RunSummary[] {
  const rank = ({ run }: RunSummary): number => order.indexOf(run.replace(/-seed\d+$/, ""));
  const runs = listRuns(study).filter((run) => rank(run) >= 0 && (paths?.includes(run.path) ?? true) && existsSync(join(run.path, "episodes.csv")));
  if (runs.length === 0) throw new UserError(`Cannot collect tables of study "${study}": an evaluated run is required, got none. Run the study to its end first.`);
  return runs.sort((one, two) => rank(one) - rank(two));
}

/** Gathers the evaluated runs of a study into tidy tables, and writes them as episodes.csv, summary.csv, comparison.csv and learning.csv. */
export async function collectTables(study: string, { variants, paths, bootstrapSeed = 0 }: CollectOptions): Promise<StudyTables> {
  const folder = dataPath("runs", study);
  const order = [...variants, ...baselines];
  const runs = evaluatedRuns(study, { order, paths });
  const episodes = runs.flatMap(({ path }) => readEpisodes(join(path, "episodes.csv")));
  const protocol = [...new Set(episodes.map((row) => row.protocol))].join(" and ");
  const learning = learningRows(runs);
  const tables = { episodes, summary: summarise(episodes, { seed: bootstrapSeed }).map((row) => ({ ...row, protocol })), comparison: compareWithFull(episodes, { seed: bootstrapSeed }), learning };
  await writeTable(join(folder, "episodes.csv"), tables.episodes);
  await writeTable(join(folder, "summary.csv"), tables.summary);
  await writeTable(join(folder, "comparison.csv"), tables.comparison);
  await writeTable(join(folder, "learning.csv"), tables.learning);
  const diffusion = runs.map(({ path }) => join(path, "diffusion.csv")).find((path) => existsSync(path));
  if (diffusion !== undefined) copyFileSync(diffusion, join(folder, "diffusion.csv"));
  return tables;
}

/**
 * Paired differences `full` − variant, with 95% intervals that resample training seeds and then pairs within tasks. With
 * one training seed the interval covers the choice of episodes only, not that of another training.
 */
export function compareWithFull(episodes: readonly EpisodeRecord[], { seed = 0 }: { seed?: number } = {}): ComparisonRow[] {
  const key = (row: EpisodeRecord): string => [row.split, row.task, row.seed, row.episode].join("|");
  const full = new Map(episodes.filter(({ variant }) => variant === "full").map((row) => [key(row), row]));
  const others = [...new Set(episodes.map(({ variant }) => variant))].filter((variant) => variant !== "full" && !(baselines as readonly string[]).includes(variant));
  return ["seen", "unseen"].flatMap((split) =>
    others.flatMap((variant) => {
      const paired = episodes.filter((row) => row.variant === variant && row.split === split && full.has(key(row)));
      if (paired.length === 0) return [];
      const pairOf = (row: EpisodeRecord): Pair => [(full.get(key(row)) as EpisodeRecord).success, row.success];
      const seeds = [...new Set(paired.map((row) => row.seed))];
      const tasks = [...new Set(paired.map(({ task }) => task))].map((task) => seeds.map((run) => paired.filter((row) => row.task === task && row.seed === run).map(pairOf)));
      const { value, low, high } = pairedDifference(tasks, { seed, keys: [split, variant] });
      return [{ split, variant, n: paired.length, same: paired.map(pairOf).filter(([one, other]) => one === other).length, runs: seeds.length, difference: value, low, high }];
    }),
  );
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`.padStart(5);

/** The ablation as text: every variant and baseline on both splits, with n and 95% intervals, then what can be told apart. */
export function describeStudy({ summary, comparison }: Pick<StudyTables, "summary" | "comparison">): string {
  const totals = summary.filter(({ task }) => task === "*");
  const width = Math.max(...totals.map(({ variant }) => variant.length), 7);
  const lines: string[] = [];
  for (const [split, title] of [
    ["seen", "new goals of the training tasks"],
    ["unseen", "tasks never trained on"],
  ] as const) {
    const rows = totals.filter((row) => row.split === split);
    if (rows.length === 0) continue;
    lines.push(`Success on ${title} (95% interval)`);
    for (const row of rows) {
      lines.push(`  ${row.variant.padEnd(width)}  ${percent(row.success)}  (${percent(row.low).trim()} to ${percent(row.high).trim()})  n = ${row.n}${(baselines as readonly string[]).includes(row.variant) ? "" : `, trainings: ${row.runs}`}`);
    }
    const compared = comparison.filter((row) => row.split === split);
    for (const row of compared) {
      const points = (share: number): string => `${share >= 0 ? "+" : "−"}${Math.abs(100 * share).toFixed(0)}`;
      if (row.same === row.n) {
        lines.push(`  full − ${row.variant.padEnd(width)} the same on all ${row.n} pairs of episodes: not told apart`);
        continue;
      }
      const verdict = row.low > 0 ? "full is better on these episodes" : row.high < 0 ? "full is worse on these episodes" : "not told apart";
      lines.push(`  full − ${row.variant.padEnd(width)} ${points(row.difference)} points (${points(row.low)} to ${points(row.high)}): ${verdict}`);
    }
    lines.push("");
  }
  const protocol = totals[0]?.protocol;
  if (protocol !== undefined) lines.push(`Protocol: ${protocol}${(protocolNames as readonly string[]).includes(protocol) ? `: ${protocolNamed(protocol).about}` : ""}.`);
  lines.push(...cautionOf(totals.filter(({ variant }) => !(baselines as readonly string[]).includes(variant))));
  return lines.join("\n").trimEnd();
}

/** What intervals of few trainings do not say. */
export function cautionOf(trained: readonly { readonly runs: number }[]): string[] {
  const fewest = Math.min(...trained.map(({ runs }) => runs));
  if (fewest < 2) return ["One training per variant: the intervals cover the choice of episodes, not that of another training seed."];
  return fewest < 5 ? [`With ${fewest} trainings an interval is little more than the range of their means: too few to tell methods apart by.`] : [];
}
