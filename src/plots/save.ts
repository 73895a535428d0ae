import { join } from "node:path";
import { writeFileAtomic } from "../util/index.js";
import type { Figure } from "./figure.js";
import { figureToSvg } from "./svg.js";

/**
 * Writes `<name>.json` (plotly) and `<name>.svg` into a folder and returns both paths.
 *
 * @throws UserError if the figure cannot be drawn or the folder cannot be written
 * @example await saveFigure(ablation(rows), { folder: "figures", name: "quick-ablation" })
 */
export async function saveFigure(figure: Figure, { folder, name }: { folder: string; name: string }): Promise<readonly [json: string, svg: string]> {
  const [json, svg] = [join(folder, `${name}.json`), join(folder, `${name}.svg`)] as const;
  const picture = await figureToSvg(figure);
  await writeFileAtomic(json, `${JSON.stringify(figure)}\n`);
  await writeFileAtomic(svg, picture);
  return [json, svg];
}
