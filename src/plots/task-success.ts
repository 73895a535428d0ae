import type { Figure, Trace } from "./figure.js";
import { allTasks, checkRows, distinct, episodeCounts, splitTitle, type SuccessRow } from "./splits.js";
import { axis, baseLayout, baselineNames, legendBelow, panelTitle, scatter, variantStyles, type VariantStyle } from "./style.js";

/** Pixels of one variant's line inside a task, and of the space between tasks. */
const lineHeight = 11;
const taskGap = 12;
const panelGap = 58;
// Room below for a legend of two lines.
const margin = { l: 150, r: 24, t: 84, b: 112 };

/**
 * Success of every variant on every task with its 95% interval, a panel per split; the random and the expert policy are
 * grey bars across the task. Rows of all tasks together (`task: "*"`) are left to `ablation`.
 *
 * @throws UserError if there are no rows, or a share lies outside its interval
 * @example taskSuccess(tables.summary)
 */
export function taskSuccess(summary: readonly SuccessRow[], { title = "Success per task and variant" }: { title?: string } = {}): Figure {
  const rows = summary.filter((row) => row.task !== allTasks);
  checkRows(rows, { figure: "success per task" });
  const variants = distinct(rows, "variant");
  const policies = variants.filter((variant) => !baselineNames.includes(variant));
  const taskHeight = policies.length * lineHeight + taskGap;
  const splits = distinct(rows, "split").map((split) => {
    const inSplit = rows.filter((row) => row.split === split);
    const tasks = distinct(inSplit, "task");
    return { split, rows: inSplit, tasks, height: tasks.length * taskHeight };
  });
  const plotHeight = splits.reduce((sum, split) => sum + split.height, 0) + panelGap * (splits.length - 1);
  const styles = variantStyles(variants);

  const data: Trace[] = [];
  const axes: Record<string, unknown> = {};
  const annotations: Record<string, unknown>[] = [];
  let top = 1;
  for (const [i, { split, rows: inSplit, tasks, height }] of splits.entries()) {
    const number = i === 0 ? "" : String(i + 1);
    const bottom = Math.max(0, top - height / plotHeight);
    axes[`xaxis${number}`] = axis({
      range: [-0.02, 1.02], tickformat: ".0%", dtick: 0.25, anchor: `y${number}`,
      ...(i === splits.length - 1 ? { title: "episodes that succeed" } : {}),
    });
    axes[`yaxis${number}`] = axis({
      range: [tasks.length - 0.5, -0.5], domain: [bottom, top], anchor: `x${number}`, tickmode: "array", ticks: "",
      tickvals: tasks.map((_, j) => j), ticktext: tasks, showgrid: false,
    });
    annotations.push(panelTitle(splitTitle(split), { x: 0, y: top }));
    // The bars first: they lie under the marks.
    for (const variant of [...variants].sort((a, b) => Number(policies.includes(a)) - Number(policies.includes(b)))) {
      const place = policies.indexOf(variant);
      const shift = place < 0 ? 0 : ((place - (policies.length - 1) / 2) * lineHeight) / taskHeight;
      data.push(marks(inSplit.filter((row) => row.variant === variant), { variant, style: styles.get(variant) as VariantStyle, axes: number, legend: i === 0, yOf: (task) => tasks.indexOf(task) + shift, span: taskHeight - taskGap }));
    }
    axes[`shapes`] = [...((axes["shapes"] as unknown[] | undefined) ?? []), ...separators(tasks.length, number)];
    top = bottom - panelGap / plotHeight;
  }
  return {
    data,
    layout: baseLayout({
      title, subtitle: `share and 95% interval of ${episodeCounts(rows)} episodes for each mark`, annotations, ...axes, margin,
      width: 820, height: plotHeight + margin.t + margin.b,
      legend: legendBelow,
    }),
  };
}

function marks(rows: readonly SuccessRow[], { variant, style, axes, legend, yOf, span }: { variant: string; style: VariantStyle; axes: string; legend: boolean; yOf: (task: string) => number; span: number }): Trace {
  const baseline = baselineNames.includes(variant);
  const shared = {
    mode: "markers", name: variant, legendgroup: variant, showlegend: legend, xaxis: `x${axes}`, yaxis: `y${axes}`,
    x: rows.map((row) => row.success), y: rows.map((row) => yOf(row.task)),
    customdata: rows.map((row) => [row.task, row.low, row.high, row.n]),
    hovertemplate: `${variant}, %{customdata[0]}: %{x:.0%} (%{customdata[1]:.0%} to %{customdata[2]:.0%}), n = %{customdata[3]}<extra></extra>`,
  };
  if (baseline) return scatter({ ...shared, marker: { color: style.color, symbol: style.symbol, size: span / 1.4, line: { width: 2, color: style.color } } });
  return scatter({
    ...shared,
    marker: { color: style.color, symbol: style.symbol, size: 7 },
    error_x: {
      type: "data", symmetric: false, color: style.color, thickness: 1.4, width: 0,
      array: rows.map((row) => Math.max(0, row.high - row.success)), arrayminus: rows.map((row) => Math.max(0, row.success - row.low)),
    },
  });
}

/** Pale lines between the tasks of a panel. */
function separators(tasks: number, axes: string): Record<string, unknown>[] {
  return Array.from({ length: tasks - 1 }, (_, i) => ({
    type: "line", xref: `x${axes} domain`, yref: `y${axes}`, x0: 0, x1: 1, y0: i + 0.5, y1: i + 0.5, layer: "below", line: { color: "#e6e6e6", width: 1 },
  }));
}
