import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { bootstrap, meanScore, summarise, type SummaryRow } from "../stats/index.js";
import { UserError, dataPath } from "../util/index.js";
import { learningRows, type LearningRow } from "./learning.js";
import { protocolNamed, protocolNames } from "./protocols.js";
import { readEpisodes, writeTable, type EpisodeRecord } from "./records.js";
import { listRuns } from "./run-store.js";

/** Success of `full` minus success of a variant on the same episodes, averaged over the tasks of a split. */
export interface ComparisonRow {
  readonly split: string;
  readonly variant: string;
  /** Pairs of episodes: same task, goal and seed. */
  readonly n: number;
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

/** Gathers the evaluated runs of a study into tidy tables, and writes them as episodes.csv, summary.csv, comparison.csv and learning.csv. */
export async function collectTables(study: string, { variants, bootstrapSeed = 0 }: { variants: readonly string[]; bootstrapSeed?: number }): Promise<StudyTables> {
  const folder = dataPath("runs", study);
  const runs = listRuns(study).filter(({ path }) => existsSync(join(path, "episodes.csv")));
  if (runs.length === 0) throw new UserError(`Cannot collect tables of study "${study}": no run has been evaluated. Run \`npx --no llmdpd study ${study}\` first.`);
  const order = [...variants, ...baselines];
  const rank = (variant: string): number => order.indexOf(variant);
  const byVariant = (a: { variant: string }, b: { variant: string }): number => rank(a.variant) - rank(b.variant);
  const episodes = runs
    .flatMap(({ path }) => readEpisodes(join(path, "episodes.csv")))
    .filter(({ variant }) => rank(variant) >= 0)
    .sort(byVariant);
  const protocol = [...new Set(episodes.map((row) => row.protocol))].join(" and ");
  const learning = learningRows(runs);
  learning.sort(byVariant);
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
 * Paired differences `full` − variant, with 95% intervals that resample pairs within tasks. With one training seed the
 * interval covers the choice of episodes only, not that of another training.
 */
export function compareWithFull(episodes: readonly EpisodeRecord[], { seed = 0 }: { seed?: number } = {}): ComparisonRow[] {
  const key = (row: EpisodeRecord): string => [row.split, row.task, row.seed, row.episode].join("|");
  const full = new Map(episodes.filter(({ variant }) => variant === "full").map((row) => [key(row), row]));
  const others = [...new Set(episodes.map(({ variant }) => variant))].filter((variant) => variant !== "full" && !(baselines as readonly string[]).includes(variant));
  return ["seen", "unseen"].flatMap((split) =>
    others.flatMap((variant) => {
      const byTask = new Map<string, number[]>();
      for (const row of episodes) {
        const partner = full.get(key(row));
        if (row.variant !== variant || row.split !== split || partner === undefined) continue;
        byTask.set(row.task, [...(byTask.get(row.task) ?? []), partner.success - row.success]);
      }
      if (byTask.size === 0) return [];
      const { value, low, high } = bootstrap([...byTask.values()], meanScore, { seed });
      return [{ split, variant, n: [...byTask.values()].flat().length, difference: value, low, high }];
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
      if (row.difference === 0 && row.low === 0 && row.high === 0) {
        // Every pair agrees: a bootstrap of equal numbers has no width, which is not certainty.
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
  if (totals.some(({ runs, variant }) => runs < 2 && !(baselines as readonly string[]).includes(variant))) {
    lines.push("One training per variant: the intervals cover the choice of episodes, not that of another training seed.");
  }
  return lines.join("\n").trimEnd();
}
