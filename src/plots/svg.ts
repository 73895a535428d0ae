import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Canvas } from "@napi-rs/canvas";
import type { DOMWindow } from "jsdom";
import { Rng, UserError, messageOf, sha256 } from "../util/index.js";
import type { Figure } from "./figure.js";
import { ownBox, screenBox } from "./svg-boxes.js";

// The only file that runs plotly. It draws without a browser: jsdom has the document, and what plotly needs beyond it
// is added below: text sizes from a table, curve lengths from the path's geometry, canvases from @napi-rs/canvas.

interface Plotly {
  newPlot(element: Element, data: unknown, layout: unknown, config: unknown): Promise<unknown>;
  toImage(element: Element, options: unknown): Promise<string>;
  purge(element: Element): void;
}

interface Stage {
  readonly window: DOMWindow;
  readonly plotly: Plotly;
}

let stage: Promise<Stage> | undefined;
// Plotly keeps state in the document: one figure at a time.
let queue: Promise<unknown> = Promise.resolve();

/**
 * Draws a figure as SVG text, without a browser. The same figure gives the same text.
 *
 * @throws UserError if plotly cannot draw it
 * @example await writeFile("figure.svg", await figureToSvg(ablation(rows)))
 */
export function figureToSvg(figure: Figure): Promise<string> {
  const drawn = queue.then(() => draw(figure));
  queue = drawn.catch(() => undefined);
  return drawn;
}

async function draw(figure: Figure): Promise<string> {
  stage ??= openStage();
  const { window, plotly } = await stage;
  const { width, height } = figure.layout;
  const element = window.document.createElement("div");
  window.document.body.appendChild(element);
  try {
    // Plotly writes into what it is given: it gets a copy, made of the window's own objects and arrays.
    const text = JSON.stringify({ data: figure.data, layout: figure.layout });
    const copy = window.JSON.parse(text) as { data: unknown; layout: unknown };
    // Plotly draws the names of its clip paths at random: the same ones for the same figure, others for another.
    const rng = new Rng(Number.parseInt(sha256(text).slice(0, 12), 16));
    window.Math.random = () => rng.uniform();
    await plotly.newPlot(element, copy.data, copy.layout, { staticPlot: true });
    const url = await plotly.toImage(element, { format: "svg", width, height });
    return tidy(decodeURIComponent(url.replace(/^data:image\/svg\+xml,/, "")));
  } catch (error) {
    throw new UserError(`Cannot draw a figure of ${figure.data.length} traces: ${messageOf(error)}`, { cause: error });
  } finally {
    plotly.purge(element);
    element.remove();
  }
}

/** Quotes and rendering hints that other readers of SVG do not understand. */
function tidy(svg: string): string {
  return svg
    .replace(/url\('(#[^']+)'\)/g, "url($1)")
    .replace(/image-rendering: *(?:pixelated|crisp-edges|-moz-crisp-edges|-webkit-optimize-contrast);?/g, "image-rendering: optimizeSpeed;");
}

async function openStage(): Promise<Stage> {
  const [{ JSDOM, VirtualConsole }, { createCanvas }, { svgPathProperties: PathProperties }] = await Promise.all([
    import("jsdom"),
    import("@napi-rs/canvas"),
    import("svg-path-properties"),
  ]);
  const dom = new JSDOM("<!doctype html><body></body>", { runScripts: "outside-only", pretendToBeVisual: true, virtualConsole: new VirtualConsole() });
  const { window } = dom;
  const add = (target: object, members: Record<string, unknown>): void => {
    for (const [name, value] of Object.entries(members)) Object.defineProperty(target, name, { value, configurable: true, writable: true });
  };

  add(window.URL, { createObjectURL: () => "blob:none", revokeObjectURL: () => undefined });
  add(window, { matchMedia: () => ({ matches: false, addListener: noop, removeListener: noop, addEventListener: noop, removeEventListener: noop }) });

  const canvases = new WeakMap<object, Canvas>();
  const canvasOf = (element: HTMLCanvasElement): Canvas => {
    const there = canvases.get(element);
    if (there !== undefined && there.width === element.width && there.height === element.height) return there;
    const canvas: Canvas = createCanvas(Math.max(1, element.width), Math.max(1, element.height));
    canvases.set(element, canvas);
    return canvas;
  };
  add(window.HTMLCanvasElement.prototype, {
    getContext(this: HTMLCanvasElement, kind: string) {
      return kind === "2d" ? canvasOf(this).getContext("2d") : null;
    },
    toDataURL(this: HTMLCanvasElement) {
      return canvasOf(this).toDataURL("image/png");
    },
  });

  const path = (element: Element): InstanceType<typeof PathProperties> => new PathProperties(element.getAttribute("d") ?? "M0,0");
  add(window.SVGElement.prototype, {
    getTotalLength(this: Element) {
      return path(this).getTotalLength();
    },
    getPointAtLength(this: Element, length: number) {
      return path(this).getPointAtLength(length);
    },
    getBBox(this: Element) {
      return ownBox(this);
    },
    getComputedTextLength(this: Element) {
      return ownBox(this).width;
    },
    getBoundingClientRect(this: Element) {
      return screenBox(this);
    },
  });

  const file = createRequire(import.meta.url).resolve("plotly.js-dist-min");
  window.eval(await readFile(file, "utf8"));
  return { window, plotly: (window as unknown as { Plotly: Plotly }).Plotly };
}

function noop(): void {}
