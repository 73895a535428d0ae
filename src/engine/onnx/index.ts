/** Writes a graph as an ONNX model, which ONNX Runtime runs: here on CPU or WebGPU, and in other languages. */
import { OnnxGraph, type OnnxDim } from "../../formats/index.js";
import type { Attributes, Graph, Node, OpName, Shape } from "../graph.js";
import { contractPrints } from "./contract.js";
import { elementwisePrints } from "./elementwise.js";
import { shapePrints } from "./shape.js";
import { Writer, type FreeAxis, type Print } from "./writer.js";

/** Every operation of a graph. A parameter is an input of the model. */
const prints: { readonly [K in Exclude<OpName, "parameter">]: Print<Attributes[K]> } = { ...elementwisePrints, ...shapePrints, ...contractPrints };

export interface OnnxOptions {
  /** Names of the inputs (default x0, x1, …) and outputs (default y0, y1, …). */
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  /** An axis whose size is left open, see `FreeAxis`. */
  readonly free?: FreeAxis;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The model's file, in pieces.
 *
 * @throws UserError for an operation that ONNX lacks, by name
 * @example Buffer.concat(printOnnx(graph))
 */
export function printOnnx({ parameters, nodes, outputs }: Graph, { inputs: inputNames = [], outputs: outputNames = [], free, metadata = {} }: OnnxOptions = {}): Uint8Array[] {
  const graph = new OnnxGraph({ name: "program", metadata });
  const writer = new Writer(graph, prints, { readers: [...nodes.flatMap(({ inputs }) => inputs), ...outputs], free });
  const dims = (shape: Shape): OnnxDim[] =>
    shape.map((size) => (free === undefined || !writer.isFree(size) ? size : size === free.size ? free.name : `${size / free.size}*${free.name}`));
  for (const node of parameters) {
    const { index } = node.attributes;
    writer.known(node, graph.input(inputNames[index] ?? `x${index}`, { type: node.dtype, shape: dims(node.shape) }));
  }
  // Written when somebody asks for them: constants, broadcasts that an operation makes by itself, products that take a row in.
  const waits = (node: Node): boolean => node.op === "constant" || node.op === "broadcast" || (node.op === "dot" && writer.readers(node) === 1);
  for (const node of nodes) if (!waits(node)) writer.name(node);
  outputs.forEach((node, i) => {
    const output = outputNames[i] ?? `y${i}`;
    graph.node("Identity", [writer.name(node)], { output });
    graph.output(output, { type: node.dtype, shape: dims(node.shape) });
  });
  return graph.encode();
}
