import { UserError } from "../util/index.js";
import type { Figure, Trace } from "./figure.js";
import { axis, baseLayout, faded, panelTitle, scatter, seriesColor } from "./style.js";

export interface ReverseDiffusionOptions {
  readonly title?: string;
  /** Names of the action's dimensions. */
  readonly dimensions?: readonly string[];
  /** Further chains from other noise, drawn faintly: the spread that the policy has at this state. */
  readonly others?: readonly (readonly ArrayLike<number>[])[];
}

const sawyer = ["move x", "move y", "move z", "gripper"] as const;

/**
 * How one action comes out of noise: a panel per dimension of the action, its value from the noise x_T on the left to
 * the action x_0 on the right.
 *
 * @param chain (T + 1, actionDim) the vectors of the denoising chain, x_T first and the action last
 * @throws UserError if the chain has fewer than two vectors or they differ in length
 * @example reverseDiffusion([[1.2, -0.4], [0.6, 0.1], [0.3, 0.2]], { dimensions: ["x", "y"] })
 */
export function reverseDiffusion(chain: readonly ArrayLike<number>[], { title = "Reverse diffusion of one action", dimensions, others = [] }: ReverseDiffusionOptions = {}): Figure {
  const width = chain[0]?.length ?? 0;
  for (const each of [chain, ...others]) {
    if (each.length !== chain.length || each.length < 2 || width === 0 || each.some((vector) => vector.length !== width)) {
      throw new UserError(`Cannot draw a denoising chain: at least two vectors of one length are required, got lengths ${each.map((vector) => vector.length).join(", ") || "none"}.`);
    }
  }
  const names = dimensions ?? (width === sawyer.length ? sawyer : Array.from({ length: width }, (_, i) => `action ${i + 1}`));
  const steps = chain.length - 1;
  const x = chain.map((_, i) => i);
  const labels = x.map((i) => (i === 0 ? `noise` : i === steps ? "action" : String(steps - i)));
  const all = [chain, ...others].flat().flatMap((vector) => Array.from(vector));
  const reach = Math.max(1.15, ...all.map(Math.abs)) * 1.05;
  const gap = 0.035;
  const panel = (1 - gap * (width - 1)) / width;

  const data: Trace[] = [];
  const axes: Record<string, unknown> = {};
  const annotations: Record<string, unknown>[] = [];
  for (let d = 0; d < width; d++) {
    const number = d === 0 ? "" : String(d + 1);
    const color = seriesColor(d);
    const left = d * (panel + gap);
    const on = { xaxis: `x${number}`, yaxis: `y${number}`, x, showlegend: false };
    axes[`xaxis${number}`] = axis({ domain: [left, left + panel], anchor: `y${number}`, range: [-0.3, steps + 0.3], tickmode: "array", tickvals: x, ticktext: labels, showgrid: false });
    axes[`yaxis${number}`] = axis({ anchor: `x${number}`, range: [-reach, reach], ...(d === 0 ? { title: "value" } : { showticklabels: false, ticks: "", matches: "y" }) });
    annotations.push(panelTitle(names[d] ?? `action ${d + 1}`, { x: left, y: 1 }));
    for (const other of others) {
      data.push(scatter({ ...on, mode: "lines", y: other.map((vector) => round(vector[d])), line: { color: faded(color, 0.25), width: 1.2 }, hoverinfo: "skip" }));
    }
    data.push(
      scatter({
        ...on, mode: "lines+markers", name: names[d] ?? "", y: chain.map((vector) => round(vector[d])), line: { color, width: 2.6 }, marker: { color, size: 7 },
        hovertemplate: "%{y:.3f}<extra></extra>",
      }),
    );
  }
  const legal = Array.from({ length: width }, (_, d) => ({
    type: "rect", xref: `x${d === 0 ? "" : d + 1} domain`, yref: `y${d === 0 ? "" : d + 1}`, x0: 0, x1: 1, y0: -1, y1: 1, layer: "below", line: { width: 0 }, fillcolor: "#f3f3f3",
  }));
  const faint = others.length > 0 ? `; faint: ${others.length} other draws at the same state` : "";
  annotations.push({ text: "denoising steps left", x: 0.5, y: 0, xref: "paper", yref: "paper", yshift: -50, showarrow: false });
  return {
    data,
    layout: baseLayout({
      title, subtitle: `${steps} denoising steps from noise to action; grey: legal actions${faint}`, annotations, shapes: legal, ...axes,
      width: 110 + 200 * Math.max(2, width), height: 380, margin: { l: 62, r: 24, t: 92, b: 66 },
    }),
  };
}

function round(value: number | undefined): number {
  return Number((value ?? Number.NaN).toPrecision(6));
}
