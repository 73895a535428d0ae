import { UserError } from "../util/index.js";
import type { Figure, Trace } from "./figure.js";
import { allTasks, checkRows, distinct, splitTitle, type SuccessRow } from "./splits.js";
import { axis, baseLayout, baselineNames, panelTitle, scatter, softInk, variantStyles, rangeOf, type VariantStyle } from "./style.js";

/** Pixels of a variant's line. */
const lineHeight = 44;
const margin = { l: 132, r: 60, t: 104, b: 72 };

/**
 * The ablation: success of every variant over all tasks of a split (rows with `task: "*"`), with its 95% interval and
 * n; one panel per split, because new goals and unseen tasks are different questions. The random and the expert policy
 * are dashed lines.
 *
 * @throws UserError if the rows have no means over all tasks
 * @example ablation(tables.summary)
 */
export function ablation(summary: readonly SuccessRow[], { title = "Ablation: which prompt helps where" }: { title?: string } = {}): Figure {
  const rows = summary.filter((row) => row.task === allTasks);
  if (rows.length === 0 && summary.length > 0) throw new UserError(`Cannot draw the ablation: rows with task "${allTasks}" (the mean over all tasks) are required, got none.`);
  checkRows(rows, { figure: "the ablation" });
  const variants = distinct(rows, "variant").filter((variant) => !baselineNames.includes(variant));
  const styles = variantStyles(variants);
  const splits = distinct(rows, "split");
  const gap = 0.1;
  const width = (1 - gap * (splits.length - 1)) / splits.length;

  const data: Trace[] = [];
  const axes: Record<string, unknown> = {};
  const annotations: Record<string, unknown>[] = [];
  const shapes: Record<string, unknown>[] = [];
  for (const [i, split] of splits.entries()) {
    const number = i === 0 ? "" : String(i + 1);
    const inSplit = rows.filter((row) => row.split === split);
    const left = i * (width + gap);
    axes[`xaxis${number}`] = axis({ domain: [left, left + width], range: [-0.03, 1.03], tickformat: ".0%", dtick: 0.25, anchor: `y${number}`, title: "episodes that succeed" });
    axes[`yaxis${number}`] = axis({
      range: [variants.length - 0.5, -0.5], anchor: `x${number}`, tickmode: "array", ticks: "", showgrid: false,
      tickvals: variants.map((_, j) => j), ticktext: i === 0 ? variants : variants.map(() => ""), tickfont: { size: 13 },
    });
    annotations.push(panelTitle(splitTitle(split), { x: left, y: 1 }));
    annotations[annotations.length - 1] = { ...annotations.at(-1), yshift: 20 };
    for (const baseline of inSplit.filter((row) => baselineNames.includes(row.variant))) {
      const x = baseline.success;
      shapes.push({ type: "line", xref: `x${number}`, yref: `y${number} domain`, x0: x, x1: x, y0: 0, y1: 1, line: { color: "#767676", width: 1.2, dash: "dash" } });
      annotations.push({
        text: baseline.variant, x, y: 1, xref: `x${number}`, yref: `y${number} domain`, yanchor: "bottom", yshift: 2, showarrow: false, font: { size: 11, color: softInk },
        xanchor: x < 0.12 ? "left" : x > 0.88 ? "right" : "center",
      });
    }
    for (const [j, variant] of variants.entries()) {
      const row = inSplit.find((each) => each.variant === variant);
      if (row === undefined) continue;
      data.push(mark(row, { y: j, style: styles.get(variant) as VariantStyle, axes: number }));
      annotations.push({
        text: `<b>${percent(row.success)}</b> (${percent(row.low)} to ${percent(row.high)}), n = ${row.n}`, x: row.success, y: j, xref: `x${number}`, yref: `y${number}`,
        align: "left", xanchor: row.success < 0.3 ? "left" : row.success > 0.7 ? "right" : "center", yanchor: "bottom", yshift: 6, showarrow: false, font: { size: 11 },
      });
    }
  }
  const runs = rows.filter((row) => variants.includes(row.variant)).map((row) => row.runs ?? 1);
  const several = Math.max(...runs) > 1;
  const seeds = several ? `${rangeOf(runs)} training seeds each` : "one training seed each";
  return {
    data,
    layout: baseLayout({
      title, subtitle: `mean over tasks with 95% interval over ${several ? "seeds and episodes" : "episodes"}; ${seeds}`, annotations, shapes, ...axes, margin, showlegend: false,
      width: margin.l + margin.r + (splits.length === 1 ? 480 : 360 * splits.length), height: margin.t + margin.b + lineHeight * Math.max(2, variants.length),
    }),
  };
}

function mark(row: SuccessRow, { y, style, axes }: { y: number; style: VariantStyle; axes: string }): Trace {
  return scatter({
    mode: "markers", name: row.variant, x: [row.success], y: [y], xaxis: `x${axes}`, yaxis: `y${axes}`,
    marker: { color: style.color, symbol: style.symbol, size: 11 },
    error_x: { type: "data", symmetric: false, color: style.color, thickness: 2.4, width: 4, array: [Math.max(0, row.high - row.success)], arrayminus: [Math.max(0, row.success - row.low)] },
    hovertemplate: `${row.variant}: ${percent(row.success)} (${percent(row.low)} to ${percent(row.high)}), n = ${row.n}<extra></extra>`,
  });
}

function percent(share: number): string {
  return `${Math.round(100 * share)}%`;
}
