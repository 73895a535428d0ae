import type { PackedCurve } from "../format.js";

const svgNamespace = "http://www.w3.org/2000/svg";
/** The pictures are drawn in these units and stretched to the width of the panel. */
const box = { width: 400, line: 96, flag: 14 };

/** The curves beside the scene, with a cursor that follows the time. */
export interface CurvePanels {
  setFrame(frame: number): void;
}

/** Draws all curves into an element; a click or a drag on one of them seeks. */
export function drawCurves(container: HTMLElement, { curves, frames, onSeek }: { curves: readonly PackedCurve[]; frames: number; onSeek: (frame: number) => void }): CurvePanels {
  const panels = curves.map((curve, i) => panel(curve, { frames, color: `var(--series-${i % 4})`, onSeek }));
  container.replaceChildren(...panels.map(({ element }) => element));
  return { setFrame: (frame) => panels.forEach((one) => one.setFrame(frame)) };
}

function panel(curve: PackedCurve, { frames, color, onSeek }: { frames: number; color: string; onSeek: (frame: number) => void }): CurvePanels & { element: HTMLElement } {
  const element = document.createElement("figure");
  element.className = `curve ${curve.kind}`;
  element.style.setProperty("--series", color);
  const head = document.createElement("figcaption");
  const value = document.createElement("output");
  head.append(named("span", curve.name), value);
  const [low, high] = rangeOf(curve);
  const height = curve.kind === "flag" ? box.flag : box.line;
  const picture = svg("svg", { viewBox: `0 0 ${box.width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": `${curve.name} over time` });
  const x = (frame: number): number => (frame / Math.max(1, frames - 1)) * box.width;
  const y = (v: number): number => height - 3 - ((v - low) / (high - low || 1)) * (height - 6);
  const shape = curve.kind === "flag" ? flagShapes(curve, { x, height }) : lineShapes(curve, { x, y });
  const cursor = svg("line", { class: "cursor", y1: "0", y2: String(height) });
  picture.append(...shape.elements, cursor);
  const plot = document.createElement("div");
  plot.className = "plot";
  const dot = document.createElement("i");
  plot.append(picture, dot);
  if (curve.kind === "line") plot.append(named("span", format(high, curve.unit), "top"), named("span", format(low, curve.unit), "bottom"));
  seekable(plot, { frames, onSeek });
  element.append(head, plot);
  const known = (frame: number): number | null => curve.values[Math.round(frame)] ?? null;
  return {
    element,
    setFrame: (frame) => {
      const at = known(frame);
      value.textContent = at === null ? "–" : curve.kind === "flag" ? (at >= 0.5 ? "yes" : "no") : format(at, curve.unit);
      cursor.setAttribute("x1", String(x(frame)));
      cursor.setAttribute("x2", String(x(frame)));
      shape.done?.setAttribute("width", String(x(frame)));
      dot.hidden = at === null || curve.kind === "flag";
      if (at !== null) Object.assign(dot.style, { left: `${(100 * x(frame)) / box.width}%`, top: `${(100 * y(at)) / height}%` });
    },
  };
}

interface Shapes {
  readonly elements: readonly SVGElement[];
  /** The clip that grows with the time. */
  readonly done?: SVGElement;
}

let clips = 0;

/** The line, faint as a whole and clear up to the cursor, on a light area. */
function lineShapes({ values }: PackedCurve, { x, y }: { x: (frame: number) => number; y: (value: number) => number }): Shapes {
  const points = values.flatMap((value, frame) => (value === null ? [] : [`${x(frame).toFixed(2)},${y(value).toFixed(2)}`]));
  const id = `clip-${clips++}`;
  const done = svg("rect", { x: "0", y: "0", width: "0", height: "100%" });
  const clip = svg("clipPath", { id });
  clip.append(done);
  const first = points[0]?.split(",")[0] ?? "0";
  const last = points.at(-1)?.split(",")[0] ?? "0";
  const path = points.join(" ");
  return {
    elements: [
      clip,
      svg("line", { class: "grid", x1: "0", x2: String(box.width), y1: "3", y2: "3" }),
      svg("line", { class: "grid", x1: "0", x2: String(box.width), y1: String(box.line - 3), y2: String(box.line - 3) }),
      svg("polygon", { class: "area", points: `${first},${box.line - 3} ${path} ${last},${box.line - 3}`, "clip-path": `url(#${id})` }),
      svg("polyline", { class: "ahead", points: path }),
      svg("polyline", { class: "done", points: path, "clip-path": `url(#${id})` }),
    ],
    done,
  };
}

/** A bar wherever the value is 1. */
function flagShapes({ values }: PackedCurve, { x, height }: { x: (frame: number) => number; height: number }): Shapes {
  const elements: SVGElement[] = [svg("rect", { class: "off", x: "0", y: "0", width: String(box.width), height: String(height) })];
  let from = -1;
  for (let frame = 0; frame <= values.length; frame++) {
    const on = (values[frame] ?? 0) >= 0.5;
    if (on && from < 0) from = frame;
    if (on || from < 0) continue;
    elements.push(svg("rect", { class: "on", x: String(x(from)), y: "0", width: String(Math.max(1.5, x(Math.min(values.length - 1, frame)) - x(from))), height: String(height) }));
    from = -1;
  }
  return { elements };
}

function rangeOf({ range, values }: PackedCurve): readonly [number, number] {
  if (range !== undefined) return range;
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (known.length === 0) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low > 0 && low < 0.5 * high ? 0 : low, high];
}

function seekable(plot: HTMLElement, { frames, onSeek }: { frames: number; onSeek: (frame: number) => void }): void {
  const seek = (event: PointerEvent): void => {
    const { left, width } = plot.getBoundingClientRect();
    onSeek(Math.round(Math.min(1, Math.max(0, (event.clientX - left) / width)) * (frames - 1)));
  };
  plot.addEventListener("pointerdown", (event) => {
    plot.setPointerCapture(event.pointerId);
    seek(event);
  });
  plot.addEventListener("pointermove", (event) => {
    if (plot.hasPointerCapture(event.pointerId)) seek(event);
  });
}

function format(value: number, unit?: string): string {
  const digits = Math.abs(value) >= 10 || Number.isInteger(value) ? Number(value.toFixed(1)) : Number(value.toPrecision(3));
  return `${digits}${unit === undefined ? "" : ` ${unit}`}`;
}

function named(tag: string, text: string, className = ""): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = className;
  return element;
}

function svg(tag: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const element = document.createElementNS(svgNamespace, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
