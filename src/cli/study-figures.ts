import { existsSync } from "node:fs";
import { join } from "node:path";
import { readTable, type TableRow } from "../experiments/index.js";
import { ablation, learningCurves, reverseDiffusion, saveFigure, similarityMatrix, taskSuccess, type CurveRow, type Figure, type SuccessRow } from "../plots/index.js";

/**
 * Draws a study's figures from its tables alone, into `<folder>/figures/`: plotly JSON and SVG of each.
 *
 * @returns the paths of the files
 */
export async function drawStudyFigures(folder: string): Promise<string[]> {
  const table = (name: string): TableRow[] => (existsSync(join(folder, name)) ? readTable(join(folder, name)) : []);
  const summary = table("summary.csv") as unknown as SuccessRow[];
  const learning = table("learning.csv") as unknown as CurveRow[];
  const figures: [string, Figure][] = [
    ["ablation", ablation(summary)],
    ["task-success", taskSuccess(summary)],
  ];
  if (learning.length > 0) figures.push(["learning-curves", learningCurves(learning, { metrics: ["diffusionLoss", "criticLoss", "qLoss", "meanQ"] })]);
  const similarity = table("text-similarity.csv");
  if (similarity.length > 0) figures.push(["text-similarity", similarityFigure(similarity, summary)]);
  const diffusion = table("diffusion.csv");
  if (diffusion.length > 0) figures.push(["reverse-diffusion", diffusionFigure(diffusion)]);
  const paths: string[] = [];
  for (const [name, figure] of figures) paths.push(...(await saveFigure(figure, { folder: join(folder, "figures"), name })));
  return paths;
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
