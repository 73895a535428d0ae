import { UserError } from "../util/index.js";
import type { Figure } from "./figure.js";
import { axis, baseLayout, scatter, seriesColor } from "./style.js";

/** What one part of an update costs. */
export interface PartRow {
  readonly part: string;
  readonly ms: number;
}

const margin = { l: 236, r: 70, t: 72, b: 56 };

/**
 * Where the time of an update goes: one bar per part, in the order of the update, with milliseconds and share.
 *
 * @throws UserError if there are no parts
 * @example stepProfile((await profileStep({ batch: 64, hidden: 128, trajectory: true, threads: 2 })).rows)
 */
export function stepProfile(rows: readonly PartRow[], { title = "Where an update spends its time" }: { title?: string } = {}): Figure {
  if (rows.length === 0) throw new UserError("Cannot draw the profile of an update: at least one part is required, got none.");
  const total = rows.reduce((sum, { ms }) => sum + ms, 0);
  return {
    data: [
      {
        type: "bar", orientation: "h", x: rows.map(({ ms }) => ms), y: rows.map(({ part }) => part), marker: { color: seriesColor(0) },
        hovertemplate: "%{y}: %{x:.2f} ms<extra></extra>",
      },
      // Noise can make a cheap part slightly negative: its label still stands to the right of zero.
      scatter({
        mode: "text", x: rows.map(({ ms }) => Math.max(0, ms)), y: rows.map(({ part }) => part), textposition: "middle right", cliponaxis: false, hoverinfo: "skip",
        text: rows.map(({ ms }) => `\u00a0${ms.toFixed(1)} ms, ${Math.round((100 * ms) / total)}%`),
      }),
    ],
    layout: baseLayout({
      title, subtitle: `${total.toFixed(1)} ms in all; a part is what the update costs with it less what it costs without`, margin, showlegend: false,
      width: 760, height: margin.t + margin.b + 26 * rows.length,
      xaxis: axis({ title: "milliseconds", range: [Math.min(0, ...rows.map(({ ms }) => ms)), 1.25 * Math.max(...rows.map(({ ms }) => ms))] }),
      yaxis: axis({ autorange: "reversed", showgrid: false, ticks: "" }),
    }),
  };
}
