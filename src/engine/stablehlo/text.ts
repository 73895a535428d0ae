/** Spelling of StableHLO: types, constants, and names of nodes while a module is written. */
import type { Attributes, ElementType, Node, NodeTable, Shape } from "../graph.js";

const elementNames: Readonly<Record<ElementType, string>> = { float32: "f32", int32: "i32", uint32: "ui32", bool: "i1" };

export function typeText({ shape, dtype }: { shape: Shape; dtype: ElementType }): string {
  return `tensor<${shape.map((size) => `${size}x`).join("")}${elementNames[dtype]}>`;
}

/** One number as an element literal; infinities and NaN by their bits. */
export function literalText(value: number, dtype: ElementType): string {
  if (dtype === "bool") return value === 0 ? "false" : "true";
  if (dtype !== "float32") return String(value);
  if (Number.isFinite(value)) return Math.fround(value).toExponential(9);
  return Number.isNaN(value) ? "0x7FC00000" : value > 0 ? "0x7F800000" : "0xFF800000";
}

/** A dense constant: its bytes in hexadecimal, as MLIR reads them; booleans one byte each. */
export function denseText(data: Attributes["array"]["data"], dtype: ElementType): string {
  if (dtype === "bool") return `[${Array.from(data, (value) => literalText(value, dtype)).join(", ")}]`;
  return `"0x${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex").toUpperCase()}"`;
}

export interface Writer {
  /** The name of a node that has been written. */
  readonly name: (node: Node) => string;
  /** Writes a line of its own and returns the name of its result. */
  readonly line: (text: string) => string;
}

/** The text of each operation after "%n = ". */
export type Prints = NodeTable<Writer, string>;
export type Print = (node: Node, writer: Writer) => string;

export function list(items: readonly (number | string)[]): string {
  return `[${items.join(", ")}]`;
}

/** " : (inputs) -> result" */
export function signature(node: Node): string {
  return `: (${node.inputs.map(typeText).join(", ")}) -> ${typeText(node)}`;
}
