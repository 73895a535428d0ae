import { UserError } from "../util/index.js";
import type { Figure, Trace } from "./figure.js";
import { axis, baseLayout, faded, legendBelow, panelTitle, scatter, variantStyles, rangeOf, type VariantStyle } from "./style.js";

/** One value of one metric of one training run: `collect` writes them as learning.csv. */
export interface CurveRow {
  readonly variant: string;
  readonly seed: string | number;
  /** Updates done. */
  readonly step: number;
  readonly metric: string;
  readonly value: number;
}

export interface LearningCurvesOptions {
  readonly title?: string;
  /** Metrics to show, one panel each; by default the first four of the rows. */
  readonly metrics?: readonly string[];
  /** Panel titles by metric, where the usual ones do not do. */
  readonly titles?: Readonly<Record<string, string>>;
  /** Points that a running mean takes together; 1 shows the values themselves. */
  readonly smooth?: number;
}

interface Point {
  readonly step: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

const usualTitles: Readonly<Record<string, string>> = {
  diffusionLoss: "Diffusion loss",
  criticLoss: "Critic loss",
  qLoss: "Q term of the policy loss",
  meanQ: "Mean Q of the data's actions",
  actorGradientNorm: "Gradient norm of the policy",
  criticGradientNorm: "Gradient norm of the critics",
};

/**
 * Metrics over updates, a panel per metric and a line per variant: the mean over its training seeds, with a band from
 * the lowest to the highest seed where there are several.
 *
 * @throws UserError if there are no rows, or none of a metric that is asked for
 * @example learningCurves(rows, { metrics: ["diffusionLoss", "meanQ"] })
 */
export function learningCurves(rows: readonly CurveRow[], { title = "Learning curves", metrics, titles = {}, smooth = 1 }: LearningCurvesOptions = {}): Figure {
  const present = distinct(rows.map((row) => row.metric));
  if (present.length === 0) throw new UserError("Cannot draw learning curves: at least one row is required, got none.");
  const shown = metrics ?? present.slice(0, 4);
  const missing = shown.find((metric) => !present.includes(metric));
  if (missing !== undefined) throw new UserError(`Cannot draw learning curves of "${missing}": the rows have ${present.join(", ")}.`);

  const variants = distinct(rows.map((row) => row.variant));
  const styles = variantStyles(variants);
  const counts = variants.map((variant) => distinct(rows.filter((row) => row.variant === variant).map((row) => String(row.seed))).length);
  const seeds = Math.max(...counts);
  const grid = panels(shown.length);
  const data: Trace[] = [];
  const layout: Record<string, unknown> = {};
  const annotations: Record<string, unknown>[] = [];
  for (const [i, metric] of shown.entries()) {
    const number = i === 0 ? "" : String(i + 1);
    const { x, y } = grid.cells[i] as Cell;
    const bottom = i + grid.columns >= shown.length;
    layout[`xaxis${number}`] = axis({ domain: x, anchor: `y${number}`, ...(bottom ? { title: "updates" } : {}) });
    layout[`yaxis${number}`] = axis({ domain: y, anchor: `x${number}`, nticks: 6 });
    annotations.push(panelTitle(titles[metric] ?? usualTitles[metric] ?? metric, { x: x[0], y: y[1] }));
    for (const variant of variants) {
      const points = smoothed(pointsOf(rows, { variant, metric }), smooth);
      if (points.length === 0) continue;
      data.push(...lines(points, { variant, style: styles.get(variant) as VariantStyle, axes: number, legend: i === 0, band: seeds > 1 }));
    }
  }
  const averaged = smooth > 1 ? `, running mean of ${smooth} points` : "";
  const subtitle = seeds > 1 ? `mean of ${rangeOf(counts)} training seeds, band from lowest to highest${averaged}` : `one training seed for each variant${averaged}`;
  const height = 130 + 240 * grid.rows;
  return {
    data,
    layout: baseLayout({
      title, subtitle, width: grid.columns === 1 ? 620 : 900, height, annotations, ...layout,
      margin: { l: 62, r: 20, t: 92, b: 84 },
      legend: legendBelow,
    }),
  };
}

function lines(points: readonly Point[], { variant, style, axes, legend, band }: { variant: string; style: VariantStyle; axes: string; legend: boolean; band: boolean }): Trace[] {
  const shared = { xaxis: `x${axes}`, yaxis: `y${axes}`, legendgroup: variant };
  const x = points.map((point) => point.step);
  const line = scatter({
    ...shared, mode: "lines", name: variant, showlegend: legend, x, y: points.map((point) => round(point.mean)),
    line: { color: style.color, width: 2 }, hovertemplate: `${variant}: %{y:.4g}<extra></extra>`,
  });
  if (!band) return [line];
  const area = scatter({
    ...shared, mode: "lines", showlegend: false, hoverinfo: "skip", fill: "toself", line: { width: 0 }, fillcolor: faded(style.color, 0.18),
    x: [...x, ...x.toReversed()],
    y: [...points.map((point) => round(point.high)), ...points.map((point) => round(point.low)).toReversed()],
  });
  return [area, line];
}

function pointsOf(rows: readonly CurveRow[], { variant, metric }: { variant: string; metric: string }): Point[] {
  const bySteps = new Map<number, number[]>();
  for (const row of rows) {
    if (row.variant !== variant || row.metric !== metric || !Number.isFinite(row.value)) continue;
    const values = bySteps.get(row.step);
    if (values === undefined) bySteps.set(row.step, [row.value]);
    else values.push(row.value);
  }
  return [...bySteps]
    .sort(([a], [b]) => a - b)
    .map(([step, values]) => ({ step, mean: values.reduce((sum, value) => sum + value, 0) / values.length, low: Math.min(...values), high: Math.max(...values) }));
}

function smoothed(points: readonly Point[], window: number): Point[] {
  const over = (at: number, pick: (point: Point) => number): number => {
    const taken = points.slice(Math.max(0, at - window + 1), at + 1);
    return taken.reduce((sum, point) => sum + pick(point), 0) / taken.length;
  };
  return points.map(({ step }, i) => ({ step, mean: over(i, (p) => p.mean), low: over(i, (p) => p.low), high: over(i, (p) => p.high) }));
}

interface Cell {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** Places of panels, two in a row, in parts of the figure. */
function panels(count: number): { columns: number; rows: number; cells: Cell[] } {
  const columns = Math.min(2, count);
  const rows = Math.ceil(count / columns);
  const [gapX, gapY] = [0.09, 0.16];
  const width = (1 - gapX * (columns - 1)) / columns;
  const height = (1 - gapY * (rows - 1)) / rows;
  const cells = Array.from({ length: count }, (_, i): Cell => {
    const left = (i % columns) * (width + gapX);
    const top = 1 - Math.floor(i / columns) * (height + gapY);
    return { x: [left, left + width], y: [Math.max(0, top - height), top] };
  });
  return { columns, rows, cells };
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

/** Six digits: more than a picture shows, and the same on every machine. */
function round(value: number): number {
  return Number(value.toPrecision(6));
}
