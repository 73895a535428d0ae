import { UserError, messageOf } from "../util/index.js";

/**
 * Pixels of an SVG text as a PNG file, for looking at figures where no browser is.
 *
 * @throws UserError if the text is not SVG
 */
export async function svgToPng(svg: string, { scale = 2 }: { scale?: number } = {}): Promise<Uint8Array> {
  const { Resvg } = await import("@resvg/resvg-js");
  try {
    const font = { loadSystemFonts: true, defaultFontFamily: "DejaVu Sans", sansSerifFamily: "DejaVu Sans" };
    return new Resvg(svg, { background: "white", font, fitTo: { mode: "zoom", value: scale } }).render().asPng();
  } catch (error) {
    throw new UserError(`Cannot render an SVG: ${messageOf(error)}`, { cause: error });
  }
}
