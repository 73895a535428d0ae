import type { ScoreRow } from "../stats/index.js";
import { UserError } from "../util/index.js";
import type { Figure, Trace } from "./figure.js";
import { axis, baseLayout, panelTitle, scatter, softInk, variantStyles, rangeOf, type VariantStyle } from "./style.js";

/** A row of scores.csv, as `summariseScores` makes it. */
export type ScoreMark = Omit<ScoreRow, "return">;

/** A published score on other data. */
export interface PublishedMark {
  readonly dataset: string;
  readonly method: string;
  readonly score: number;
}

export interface LocomotionScoresOptions {
  readonly title?: string;
  /** Whose data ours are, in words. */
  readonly data?: string;
  readonly published?: readonly PublishedMark[];
}

const lineHeight = 30;
const margin = { l: 190, r: 40, t: 128, b: 64 };

/** What a trained variant is called in figures: the data set in its name is the panel's title. */
export function methodName(variant: string): string {
  if (variant.startsWith("diffusion-ql")) return "Diffusion-QL";
  return variant === "full" ? "LLMDPD" : variant;
}

/**
 * D4RL's scores: a panel for each data set; a line for each method, checkpoint and number of candidates, with its
 * interval; random actions, the data's own episodes and our expert as dashed lines; published numbers, which are on
 * other data, below a rule and in grey.
 *
 * @throws UserError if there are no scores of a trained policy
 * @example locomotionScores(tables.scores, { published: tables.published })
 */
export function locomotionScores(scores: readonly ScoreMark[], { title = "Locomotion: scores by D4RL's scale", data: whose = "regenerated data, not D4RL's own", published = [] }: LocomotionScoresOptions = {}): Figure {
  const trained = scores.filter(({ checkpoint }) => checkpoint !== "-");
  if (trained.length === 0) throw new UserError("Cannot draw scores: at least one row of a trained policy is required, got none.");
  const datasets = [...new Set(scores.map(({ dataset }) => dataset))];
  const label = ({ variant, checkpoint, candidates }: ScoreMark): string => `${methodName(variant)}, ${checkpoint}, N = ${candidates}`;
  const labels = [...new Set(trained.map(label))];
  const methods = [...new Set(published.map(({ method }) => method))];
  const lines = methods.length === 0 ? labels : [...labels, "", ...methods];
  const styles = variantStyles([...new Set(trained.map(({ variant }) => methodName(variant)))]);
  const most = Math.max(100, ...scores.map(({ high }) => high), ...published.map(({ score }) => score));
  const gap = 0.06;
  const width = (1 - gap * (datasets.length - 1)) / datasets.length;

  const traces: Trace[] = [];
  const layout: Record<string, unknown> = {};
  const annotations: Record<string, unknown>[] = [];
  const shapes: Record<string, unknown>[] = [];
  for (const [i, dataset] of datasets.entries()) {
    const number = i === 0 ? "" : String(i + 1);
    const left = i * (width + gap);
    layout[`xaxis${number}`] = axis({ domain: [left, left + width], range: [-4, most * 1.06], nticks: 7, anchor: `y${number}`, title: "normalised score" });
    layout[`yaxis${number}`] = axis({
      range: [lines.length - 0.4, -0.6], anchor: `x${number}`, tickmode: "array", ticks: "", showgrid: false,
      tickvals: lines.map((_, j) => j), ticktext: i === 0 ? lines : lines.map(() => ""), tickfont: { size: 12 },
    });
    annotations.push({ ...panelTitle(dataset, { x: left, y: 1 }), yshift: 36 });
    const bounds = scores.filter((row) => row.dataset === dataset && row.checkpoint === "-").toSorted((one, two) => one.score - two.score);
    for (const [place, { variant, score }] of bounds.entries()) {
      // Names that would touch stand at two heights.
      const raised = place % 2 === 1 && score - (bounds[place - 1]?.score ?? -Infinity) < most / 4;
      shapes.push({ type: "line", xref: `x${number}`, yref: `y${number} domain`, x0: score, x1: score, y0: 0, y1: 1, line: { color: "#767676", width: 1.2, dash: "dash" } });
      annotations.push({ text: variant, x: score, y: 1, xref: `x${number}`, yref: `y${number} domain`, yanchor: "bottom", yshift: raised ? 16 : 2, showarrow: false, font: { size: 11, color: softInk }, xanchor: score < 8 ? "left" : "center" });
    }
    for (const row of trained.filter((each) => each.dataset === dataset)) traces.push(mark(row, { y: labels.indexOf(label(row)), style: styles.get(methodName(row.variant)) as VariantStyle, axes: number }));
    if (methods.length === 0) continue;
    const rule = labels.length;
    shapes.push({ type: "line", xref: `x${number} domain`, yref: `y${number}`, x0: 0, x1: 1, y0: rule, y1: rule, line: { color: "#999999", width: 1 } });
    annotations.push({ text: "published, on D4RL's own data", x: 1, y: rule, xref: `x${number} domain`, yref: `y${number}`, xanchor: "right", yanchor: "bottom", showarrow: false, font: { size: 11, color: softInk } });
    const marks = published.filter((each) => each.dataset === dataset);
    traces.push(
      scatter({
        mode: "markers", name: "published", showlegend: false, xaxis: `x${number}`, yaxis: `y${number}`, x: marks.map(({ score }) => score), y: marks.map(({ method }) => labels.length + 1 + methods.indexOf(method)),
        marker: { color: "#ffffff", line: { color: "#767676", width: 1.4 }, symbol: "diamond", size: 8 }, text: marks.map(({ method, score }) => `${method}: ${score}`), hovertemplate: "%{text}<extra></extra>",
      }),
    );
  }
  const runs = rangeOf(trained.map((row) => row.runs));
  const updates = Math.max(...trained.map((row) => row.updates));
  return {
    data: traces,
    layout: baseLayout({
      title, subtitle: `${whose}; mean and 95% interval over ${rangeOf(trained.map(({ n }) => n))} episodes of ${runs} training ${runs === "1" ? "seed" : "seeds"}; at most ${updates.toLocaleString("en")} updates`,
      annotations, shapes, ...layout, margin, showlegend: false, width: Math.max(860, margin.l + margin.r + 380 * datasets.length), height: margin.t + margin.b + lineHeight * lines.length,
    }),
  };
}

function mark(row: ScoreMark, { y, style, axes }: { y: number; style: VariantStyle; axes: string }): Trace {
  const text = `${row.score.toFixed(1)} (${row.low.toFixed(1)} to ${row.high.toFixed(1)}), n = ${row.n}`;
  return scatter({
    mode: "markers", name: methodName(row.variant), x: [row.score], y: [y], xaxis: `x${axes}`, yaxis: `y${axes}`,
    marker: { color: row.checkpoint === "last" ? style.color : "#ffffff", line: { color: style.color, width: 2 }, symbol: style.symbol, size: 10 },
    error_x: { type: "data", symmetric: false, color: style.color, thickness: 2, width: 4, array: [Math.max(0, row.high - row.score)], arrayminus: [Math.max(0, row.score - row.low)] },
    hovertemplate: `${text}<extra></extra>`,
  });
}
