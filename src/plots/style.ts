import type { Layout, Trace } from "./figure.js";

/** Colours, fonts and margins of every figure. */

/** Colours that readers with any common colour blindness can tell apart (Okabe and Ito 2008), dark enough on white. */
const palette = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5195", "#8C6D31"] as const;
const symbols = ["circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "star", "hexagon"] as const;

/** How a variant looks, the same in every figure. */
export interface VariantStyle {
  readonly color: string;
  readonly symbol: string;
}

/** The variants of the quick study, and the methods on locomotion, always look the same, whichever of them a figure shows. */
const known: Readonly<Record<string, number>> = { full: 0, LLMDPD: 0, "no-text": 1, "no-trajectory": 2, "smaller-llm": 3, "no-prompts": 4, "Diffusion-QL": 4 };

/** The bounds of what a policy can do; drawn in grey. */
const baselineColors: Readonly<Record<string, string>> = { random: "#bdbdbd", expert: "#5f5f5f" };
export const baselineNames: readonly string[] = Object.keys(baselineColors);

/** Styles of variants in the order in which they are shown; the known ones keep theirs, the others take what is left. */
export function variantStyles(variants: readonly string[]): Map<string, VariantStyle> {
  const taken = new Set(variants.map((variant) => known[variant]));
  const free = palette.map((_, i) => i).filter((i) => !taken.has(i));
  let next = 0;
  return new Map(
    variants.map((variant) => {
      const bar = baselineColors[variant];
      if (bar !== undefined) return [variant, { color: bar, symbol: "line-ns-open" }];
      const index = known[variant] ?? free[next++ % Math.max(1, free.length)] ?? 0;
      return [variant, { color: palette[index] as string, symbol: symbols[index] as string }];
    }),
  );
}

/** A colour with an opacity, for bands. */
export function faded(color: string, opacity: number): string {
  const channel = (at: number): number => Number.parseInt(color.slice(at, at + 2), 16);
  return `rgba(${channel(1)},${channel(3)},${channel(5)},${opacity})`;
}

/** Colours for things that are not variants, such as the dimensions of an action. */
export function seriesColor(index: number): string {
  return palette[index % palette.length] as string;
}

const ink = "#222222";
export const softInk = "#555555";

/** A layout with the project's fonts, a title with a smaller second line, and a white ground. */
export function baseLayout({ title, subtitle, ...layout }: { title: string; subtitle?: string; width: number; height: number; [attribute: string]: unknown }): Layout {
  const second = subtitle === undefined ? "" : `<br><span style="font-size:12px;color:${softInk}">${subtitle}</span>`;
  return {
    title: { text: `<b>${title}</b>${second}`, x: 0, xref: "container", xanchor: "left", y: 1, yref: "container", yanchor: "top", pad: { l: 16, t: 16 }, font: { size: 16 } },
    font: { family: "Arial, Helvetica, sans-serif", size: 12, color: ink },
    paper_bgcolor: "#ffffff",
    plot_bgcolor: "#ffffff",
    hoverlabel: { font: { size: 12 } },
    ...layout,
  };
}

/** A quiet axis: light grid, no zero line, a title of its own. */
export function axis(options: { title?: string; [attribute: string]: unknown } = {}): Record<string, unknown> {
  const { title, ...rest } = options;
  return {
    ...(title === undefined ? {} : { title: { text: title, standoff: 8, font: { size: 12 } } }),
    gridcolor: "#e6e6e6",
    linecolor: "#999999",
    showline: true,
    zeroline: false,
    ticks: "outside",
    tickcolor: "#999999",
    ticklen: 4,
    automargin: false,
    ...rest,
  };
}

/** Text above a panel, at its left edge. */
export function panelTitle(text: string, { x, y }: { x: number; y: number }): Record<string, unknown> {
  return { text: `<b>${text}</b>`, x, y, xref: "paper", yref: "paper", xanchor: "left", yanchor: "bottom", align: "left", showarrow: false, font: { size: 13 }, yshift: 4 };
}

/** One row of names below the figure. */
export const legendBelow = { orientation: "h", x: 0.012, xanchor: "left", xref: "container", y: 0.006, yref: "container", yanchor: "bottom", itemsizing: "constant" } as const;

/** A scatter trace. */
export function scatter(attributes: Readonly<Record<string, unknown>>): Trace {
  return { type: "scatter", ...attributes };
}

/** "3", or "1 to 3" where counts differ. */
export function rangeOf(counts: readonly number[]): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? String(least) : `${least} to ${most}`;
}
