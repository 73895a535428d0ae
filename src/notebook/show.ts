import { figureToSvg, type Figure } from "../plots/index.js";
import { cellOutput } from "./kernel.js";

/**
 * Shows a figure below the cell: interactive in JupyterLab, as a picture where no plotly is (exports, viewers of
 * repositories). Await it, so that the picture is stored with the cell.
 *
 * @throws UserError outside a notebook, or if the figure cannot be drawn
 * @example await show(ablation(tables.summary));
 */
export async function show(figure: Figure): Promise<void> {
  const write = cellOutput();
  const svg = await figureToSvg(figure);
  const { width: _, ...layout } = figure.layout; // As wide as the cell, however narrow the window is.
  write({
    "application/vnd.plotly.v1+json": { data: figure.data, layout, config: { displaylogo: false, responsive: true } },
    // Not image/png: JupyterLab would prefer it to the interactive figure.
    "image/svg+xml": svg,
    "text/plain": `[figure of ${figure.data.length} traces]`,
  });
}
