import { textWidth } from "./text-width.js";

// Where SVG elements are, without a browser's layout: what plotly asks of getBBox and getBoundingClientRect.

/** Left, top, right and bottom in pixels. */
type Sides = readonly [left: number, top: number, right: number, bottom: number];
/** a, b, c, d, e, f of SVG's matrix(): x' = a x + c y + e, y' = b x + d y + f. */
type Matrix = readonly [number, number, number, number, number, number];

const identity: Matrix = [1, 0, 0, 1, 0, 0];

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The box of an element in its own coordinates, as getBBox gives it. */
export function ownBox(element: Element): Box {
  return boxOf(sides(element) ?? [0, 0, 0, 0]);
}

/** The box of an element in the coordinates of the outermost drawing, as getBoundingClientRect gives it. */
export function screenBox(element: Element): Box {
  const own = sides(element);
  if (own === undefined) return boxOf([0, 0, 0, 0]);
  let matrix = identity;
  for (let at: Element | null = element; at !== null && at.namespaceURI === element.namespaceURI; at = at.parentElement) {
    matrix = multiply(transformOf(at), matrix);
  }
  return boxOf(mapped(own, matrix));
}

function boxOf([left, top, right, bottom]: Sides): Box {
  return { x: left, y: top, width: right - left, height: bottom - top, left, top, right, bottom };
}

function sides(element: Element): Sides | undefined {
  switch (element.tagName.toLowerCase()) {
    case "text":
      return textSides(element);
    case "rect":
    case "image": {
      const [x, y] = [number(element, "x"), number(element, "y")];
      return [x, y, x + number(element, "width"), y + number(element, "height")];
    }
    case "g":
    case "svg":
    case "a":
      return union([...element.children].map((child) => childSides(child)));
    default:
      return undefined;
  }
}

function childSides(child: Element): Sides | undefined {
  const own = sides(child);
  return own === undefined ? undefined : mapped(own, transformOf(child));
}

function union(all: readonly (Sides | undefined)[]): Sides | undefined {
  const drawn = all.filter((each) => each !== undefined);
  if (drawn.length === 0) return undefined;
  return [
    Math.min(...drawn.map(([left]) => left)),
    Math.min(...drawn.map(([, top]) => top)),
    Math.max(...drawn.map(([, , right]) => right)),
    Math.max(...drawn.map(([, , , bottom]) => bottom)),
  ];
}

function textSides(text: Element): Sides | undefined {
  const fontSize = fontSizeOf(text) ?? 12;
  const lines = [...text.querySelectorAll("tspan.line")];
  const shown = lines.length > 0 ? lines : [text];
  const widths = shown.map((line) => widthOf(line, { fontSize }));
  const width = Math.max(...widths);
  if (width === 0) return undefined;
  const anchor = style(text, "text-anchor") ?? "start";
  const left = number(text, "x") - (anchor === "middle" ? width / 2 : anchor === "end" ? width : 0);
  const first = number(text, "y") + length(shown[0]?.getAttribute("dy"), fontSize);
  const step = shown.length < 2 ? 0 : (length(shown.at(-1)?.getAttribute("dy"), fontSize) - length(shown[0]?.getAttribute("dy"), fontSize)) / (shown.length - 1);
  const last = first + step * (shown.length - 1);
  return [left, first - 0.93 * fontSize, left + width, last + 0.23 * fontSize];
}

/** Width of a line: its text, with spans of other sizes and weights inside it. */
function widthOf(node: Element, { fontSize, bold = false }: { fontSize: number; bold?: boolean }): number {
  let sum = 0;
  for (const child of node.childNodes) {
    if (child.nodeType === 3) sum += textWidth(child.textContent ?? "", { fontSize, bold });
    if (child.nodeType !== 1) continue;
    const span = child as Element;
    const weight = style(span, "font-weight");
    sum += widthOf(span, { fontSize: fontSizeOf(span) ?? fontSize, bold: weight === undefined ? bold : /bold|[6-9]00/.test(weight) });
  }
  return sum;
}

function fontSizeOf(element: Element): number | undefined {
  for (let at: Element | null = element; at !== null; at = at.parentElement) {
    const own = style(at, "font-size");
    if (own !== undefined) return Number.parseFloat(own);
    if (at.tagName.toLowerCase() === "text") return undefined;
  }
  return undefined;
}

function style(element: Element, name: string): string | undefined {
  const inline = new RegExp(`(?:^|[;\\s])${name}: *([^;]+)`).exec(element.getAttribute("style") ?? "")?.[1];
  return inline ?? element.getAttribute(name) ?? undefined;
}

function number(element: Element, attribute: string): number {
  const value = Number.parseFloat(element.getAttribute(attribute) ?? "0");
  return Number.isFinite(value) ? value : 0;
}

/** "1.3em" or "12" in pixels. */
function length(text: string | null | undefined, fontSize: number): number {
  const value = Number.parseFloat(text ?? "0");
  if (!Number.isFinite(value)) return 0;
  return text?.endsWith("em") === true ? value * fontSize : value;
}

function mapped([left, top, right, bottom]: Sides, [a, b, c, d, e, f]: Matrix): Sides {
  const corners = [[left, top], [right, top], [left, bottom], [right, bottom]] as const;
  const xs = corners.map(([x, y]) => a * x + c * y + e);
  const ys = corners.map(([x, y]) => b * x + d * y + f);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

function multiply([a, b, c, d, e, f]: Matrix, [g, h, i, j, k, l]: Matrix): Matrix {
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}

/** The matrix of a `transform` attribute: translate, rotate, scale and matrix, as plotly writes them. */
function transformOf(element: Element): Matrix {
  let matrix = identity;
  for (const [, kind = "", inside = ""] of (element.getAttribute("transform") ?? "").matchAll(/(\w+)\(([^)]*)\)/g)) {
    matrix = multiply(matrix, matrixOf(kind, inside.split(/[\s,]+/).map(Number)));
  }
  return matrix;
}

function matrixOf(kind: string, [p = 0, q, r, s = 0, t = 0, u = 0]: readonly number[]): Matrix {
  if (kind === "translate") return [1, 0, 0, 1, p, q ?? 0];
  if (kind === "scale") return [p, 0, 0, q ?? p, 0, 0];
  if (kind === "matrix") return [p, q ?? 0, r ?? 0, s, t, u];
  if (kind !== "rotate") return identity;
  const [cos, sin] = [Math.cos((p * Math.PI) / 180), Math.sin((p * Math.PI) / 180)];
  const [x, y] = [q ?? 0, r ?? 0];
  return [cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y];
}
