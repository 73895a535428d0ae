import { UserError } from "../util/index.js";
import type { Figure } from "./figure.js";
import { axis, baseLayout } from "./style.js";

export interface SimilarityMatrixOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** Labels that are printed bold, such as unseen tasks. */
  readonly highlight?: readonly string[];
}

/** From dark blue over white to dark orange, readable with any common colour blindness. */
const diverging = [[0, "#2c5a9c"], [0.25, "#92b6dc"], [0.5, "#f7f7f7"], [0.75, "#f1a340"], [1, "#9a4a05"]] as const;
const sequential = [[0, "#f7fbff"], [0.35, "#9ecae1"], [0.7, "#3182bd"], [1, "#08306b"]] as const;

/**
 * Cosine similarities of prompts as a heat map. Where some are clearly negative (centred vectors) the colours diverge
 * from zero, else they run from the smallest to one.
 *
 * @param labels what the rows and columns are, in order
 * @param matrix (labels, labels) similarities
 * @throws UserError if the matrix is not square or its size is not that of the labels
 * @example similarityMatrix(["door-open", "door-close"], [[1, 0.9], [0.9, 1]])
 */
export function similarityMatrix(
  labels: readonly string[],
  matrix: readonly ArrayLike<number>[],
  { title = "Similarity of the text prompts", subtitle = "cosine", highlight = [] }: SimilarityMatrixOptions = {},
): Figure {
  const rows = matrix.map((row) => Array.from(row));
  const size = labels.length;
  if (size === 0 || rows.length !== size || rows.some((row) => row.length !== size)) {
    throw new UserError(`Cannot draw the similarity of ${size} labels: a matrix of ${size} by ${size} is required, got ${rows.length} by ${rows[0]?.length ?? 0}.`);
  }
  const least = Math.min(...rows.flat());
  const centred = least < -0.05;
  const cell = size > 24 ? 13 : 24;
  const bold = new Set(highlight);
  const names = labels.map((label) => (bold.has(label) ? `<b>${label}</b>` : label));
  const ticks = { tickmode: "array", tickvals: labels.map((_, i) => i), ticktext: names, showgrid: false, ticks: "", showline: false, tickfont: { size: size > 24 ? 9 : 11 } };
  const margin = { l: 170, r: 90, t: 72, b: 160 };
  return {
    data: [
      {
        type: "heatmap", z: rows.map((row) => row.map((value) => Number(value.toFixed(4)))), xgap: 1, ygap: 1,
        colorscale: centred ? diverging : sequential, zmin: centred ? -1 : Math.floor(least * 20) / 20, zmax: 1,
        colorbar: { thickness: 12, outlinewidth: 0, len: 0.9, tickformat: ".2~f" },
        customdata: labels.map((row) => labels.map((column) => `${row} and ${column}`)),
        hovertemplate: "%{customdata}: %{z:.3f}<extra></extra>",
      },
    ],
    layout: baseLayout({
      title, subtitle: highlight.length > 0 ? `${subtitle}; bold: tasks never trained on` : subtitle, margin,
      width: margin.l + margin.r + cell * size, height: margin.t + margin.b + cell * size,
      xaxis: axis({ ...ticks, tickangle: -60, range: [-0.5, size - 0.5] }),
      yaxis: axis({ ...ticks, range: [size - 0.5, -0.5] }),
    }),
  };
}
