import { join } from "node:path";
import { publishedResults } from "../../datasets/index.js";
import { summariseScores, type ScoreRow } from "../../stats/index.js";
import { dataPath } from "../../util/index.js";
import { cautionOf, evaluatedRuns, type CollectOptions } from "../collect.js";
import { learningRows, type LearningRow } from "../learning.js";
import { readTable, writeTable } from "../records.js";
import { locomotionBaselines, type LocomotionEpisode } from "./evaluate.js";

/** One published number beside ours. */
export interface PublishedRow {
  readonly dataset: string;
  readonly method: string;
  readonly score: number;
  readonly spread: number | "";
  /** Where it was read. */
  readonly source: string;
  readonly where: string;
  /** Whose data: never those of this study, unless it ran on D4RL's own. */
  readonly data: string;
}

/** The tidy tables of a locomotion study; each is a CSV file of the same name in its folder. */
export interface LocomotionTables {
  readonly episodes: readonly LocomotionEpisode[];
  readonly scores: readonly ScoreRow[];
  readonly learning: readonly LearningRow[];
  readonly published: readonly PublishedRow[];
}

/** Gathers the evaluated runs of a study, and writes episodes.csv, scores.csv, learning.csv and published.csv. */
export async function collectLocomotion(study: string, { variants, paths, bootstrapSeed = 0 }: CollectOptions): Promise<LocomotionTables> {
  const folder = dataPath("runs", study);
  const runs = evaluatedRuns(study, { order: [...locomotionBaselines, ...variants], paths });
  const episodes = runs.flatMap(({ path }) => readTable(join(path, "episodes.csv")).map((row) => ({ ...row, seed: String(row["seed"]) })) as unknown as LocomotionEpisode[]);
  const datasets = new Set(episodes.map(({ dataset }) => `${dataset}-v2`));
  const published = publishedResults
    .filter(({ dataset }) => datasets.has(dataset))
    .map(({ dataset, method, score, spread, source }) => ({ dataset, method, score, spread: spread ?? ("" as const), source: `${source.name} (${source.kind})`, where: source.where, data: "D4RL's own" }));
  const tables = { episodes, scores: summariseScores(episodes, { seed: bootstrapSeed }), learning: learningRows(runs), published };
  for (const [name, rows] of Object.entries(tables)) await writeTable<object>(join(folder, `${name}.csv`), rows);
  return tables;
}

const cell = (value: number): string => value.toFixed(1).padStart(6);

/** The scores as text: per data set random, behaviour and expert, then each variant's last and best checkpoint, with n and intervals. */
export function describeLocomotion({ scores, episodes }: Pick<LocomotionTables, "scores" | "episodes">): string {
  const lines: string[] = [];
  const width = Math.max(...scores.map(({ variant }) => variant.length));
  for (const dataset of new Set(scores.map((row) => row.dataset))) {
    const source = episodes.find((row) => row.dataset === dataset)?.source;
    lines.push(`${dataset}, ${source === "d4rl" ? "D4RL's own data" : "regenerated data, not D4RL's own"}: D4RL's score (95% interval)`);
    for (const { variant, checkpoint, candidates, updates, n, runs, score, low, high } of scores.filter((row) => row.dataset === dataset)) {
      const trained = checkpoint === "-" ? `n = ${n}` : `${checkpoint.padEnd(4)} N = ${String(candidates).padEnd(3)} n = ${n}, trainings: ${runs}, updates: ${Math.round(updates)}`;
      lines.push(`  ${variant.padEnd(width)} ${cell(score)} (${low.toFixed(1)} to ${high.toFixed(1)})  ${trained}`);
    }
    lines.push("");
  }
  lines.push("full is LLMDPD, one policy with prompts for all data sets; diffusion-ql-… is Diffusion-QL, a policy without prompts for that data set.");
  lines.push("This measures unseen states of known robots, not unseen tasks. The best checkpoint was picked by its score while training; the last needs no such look.");
  lines.push(...cautionOf(scores.filter(({ checkpoint }) => checkpoint !== "-")));
  return lines.join("\n");
}
