import { existsSync } from "node:fs";
import { join } from "node:path";
import { readTable, type TableRow } from "../experiments/index.js";
import { ablation, learningCurves, locomotionScores, methodName, reverseDiffusion, saveFigure, similarityMatrix, taskSuccess, type CurveRow, type Figure, type PublishedMark, type ScoreMark, type SuccessRow } from "../plots/index.js";

/**
 * Draws a study's figures from its tables alone, into `<folder>/figures/`: plotly JSON and SVG of each.
 *
 * @returns the paths of the files
 */
export async function drawStudyFigures(folder: string): Promise<string[]> {
  const table = (name: string): TableRow[] => (existsSync(join(folder, name)) ? readTable(join(folder, name)) : []);
  const learning = table("learning.csv") as unknown as CurveRow[];
  const scores = table("scores.csv") as unknown as ScoreMark[];
  const figures = scores.length > 0 ? locomotionFigures(scores, { learning, published: table("published.csv"), episodes: table("episodes.csv") }) : metaworldFigures(table, learning);
  const paths: string[] = [];
  for (const [name, figure] of figures) paths.push(...(await saveFigure(figure, { folder: join(folder, "figures"), name })));
  return paths;
}

type Named = [name: string, figure: Figure];

function metaworldFigures(table: (name: string) => TableRow[], learning: readonly CurveRow[]): Named[] {
  const summary = table("summary.csv") as unknown as SuccessRow[];
  const figures: Named[] = [
    ["ablation", ablation(summary)],
    ["task-success", taskSuccess(summary)],
  ];
  if (learning.length > 0) figures.push(["learning-curves", learningCurves(learning, { metrics: ["diffusionLoss", "criticLoss", "qLoss", "meanQ"] })]);
  const similarity = table("text-similarity.csv");
  if (similarity.length > 0) figures.push(["text-similarity", similarityFigure(similarity, summary)]);
  const diffusion = table("diffusion.csv");
  if (diffusion.length > 0) figures.push(["reverse-diffusion", diffusionFigure(diffusion)]);
  return figures;
}

/** Scores beside published ones, scores while training, and the losses; a method has one colour on all data sets. */
function locomotionFigures(scores: readonly ScoreMark[], { learning, published, episodes }: { learning: readonly CurveRow[]; published: readonly TableRow[]; episodes: readonly TableRow[] }): Named[] {
  const marks = published.map((row) => ({ ...row, dataset: String(row["dataset"]).replace(/-v2$/, "") })) as unknown as PublishedMark[];
  const data = episodes.every((row) => row["source"] === "d4rl") ? "D4RL's own data" : "regenerated data, not D4RL's own";
  const datasets = [...new Set(scores.map(({ dataset }) => dataset))];
  const curves = learning.map((row) => ({ ...row, variant: methodName(row.variant) }));
  // Baselines are of all the study's data sets, also where only some methods were asked for.
  const metrics = datasets.map((dataset) => `score/${dataset}`).filter((metric) => learning.some((row) => row.metric === metric));
  const titles = Object.fromEntries(datasets.map((dataset) => [`score/${dataset}`, `Score while training: ${dataset}`]));
  return [
    ["scores", locomotionScores(scores, { published: marks, data })],
    ["learning-curves", learningCurves(curves, { title: `Scores over updates, ${data}`, metrics, titles })],
    ["losses", learningCurves(learning.map((row) => ({ ...row, variant: row.variant.replace(/^diffusion-ql-/, "").replace(/^full$/, "LLMDPD") })), { title: "Losses over updates: LLMDPD, and Diffusion-QL by its data set", metrics: ["diffusionLoss", "criticLoss", "qLoss", "meanQ"] })],
  ];
}

function similarityFigure(rows: readonly TableRow[], summary: readonly SuccessRow[]): Figure {
  const tasks = [...new Set(rows.map(({ task }) => String(task)))];
  const matrix = tasks.map((task) => tasks.map((other) => Number(rows.find((row) => row["task"] === task && row["other"] === other)?.["cosine"])));
  const unseen = new Set(summary.filter(({ split }) => split === "unseen").map(({ task }) => task));
  return similarityMatrix(tasks, matrix, { subtitle: "cosine of centred text vectors", highlight: tasks.filter((task) => unseen.has(task)) });
}

function diffusionFigure(rows: readonly TableRow[]): Figure {
  const samples = new Map<number, number[][]>();
  for (const { sample, x, y, z, grip } of rows) samples.set(Number(sample), [...(samples.get(Number(sample)) ?? []), [x, y, z, grip].map(Number)]);
  const [first = [], ...others] = samples.values();
  return reverseDiffusion(first, { others, title: `Reverse diffusion of the first action of ${String(rows[0]?.["task"])}` });
}
