/** Writes a graph as an ONNX model, which ONNX Runtime runs: here on CPU or WebGPU, and in other languages. */
import { OnnxGraph, type OnnxDim } from "../../formats/index.js";
import { isOp, type Graph, type Node, type Shape } from "../graph.js";
import { contractPrints, isPlainProduct } from "./contract.js";
import { elementwisePrints } from "./elementwise.js";
import { shapePrints } from "./shape.js";
import { Writer, type FreeAxis, type Prints } from "./writer.js";

/** Every operation of a graph. A parameter is an input of the model. */
const prints: Prints = { ...elementwisePrints, ...shapePrints, ...contractPrints };

export interface OnnxOptions {
  /** Names of the inputs (default x0, x1, …) and of the outputs. */
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  /** An axis whose size is left open, see `FreeAxis`. */
  readonly free?: FreeAxis;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface OnnxModel {
  readonly model: Uint8Array;
  /** The names of the outputs, in order. */
  readonly outputs: readonly string[];
}

/**
 * The model's file.
 *
 * @throws UserError for an operation that ONNX lacks, by name
 * @example printOnnx(graph).model
 */
export function printOnnx({ parameters, nodes, outputs }: Graph, { inputs: inputNames = [], outputs: outputNames = [], free, metadata = {} }: OnnxOptions = {}): OnnxModel {
  const graph = new OnnxGraph({ name: "program", metadata });
  const writer = new Writer(graph, prints, { waiting: addedProducts({ nodes, outputs }), free });
  const dims = (shape: Shape): OnnxDim[] =>
    shape.map((size) => (free === undefined || !writer.isFree(size) ? size : size === free.size ? free.name : `${size / free.size}*${free.name}`));
  for (const node of parameters) {
    const { index } = node.attributes;
    writer.known(node, graph.input(inputNames[index] ?? `x${index}`, { type: node.dtype, shape: dims(node.shape) }));
  }
  // Constants and broadcasts are written only where an operation cannot do without.
  for (const node of nodes) if (node.op !== "constant" && node.op !== "broadcast" && !writer.waits(node)) writer.name(node);
  const names = outputs.map((node, i) => {
    const value = writer.name(node);
    const isFirst = outputs.indexOf(node) === i && node.op !== "parameter" && node.op !== "constant" && node.op !== "array";
    const name = outputNames[i] ?? (isFirst ? value : `y${i}`);
    if (name !== value) graph.node("Identity", [value], { output: name });
    return graph.output(name, { type: node.dtype, shape: dims(node.shape) });
  });
  return { model: Buffer.concat(graph.encode()), outputs: names };
}

/** Products that nothing reads but one sum with a row: the runtime adds it in the same operation. */
function addedProducts({ nodes, outputs }: Pick<Graph, "nodes" | "outputs">): Set<Node> {
  const readers = new Map<Node, number>();
  for (const node of [...nodes.flatMap(({ inputs }) => inputs), ...outputs]) readers.set(node, (readers.get(node) ?? 0) + 1);
  const isRow = (node: Node): boolean => isOp(node, "broadcast") && node.attributes.dims.length === 1 && node.attributes.dims[0] === 1;
  return new Set(
    nodes.flatMap(({ op, inputs, shape }) => {
      const product = inputs.find((input) => isOp(input, "dot") && isPlainProduct(input) && readers.get(input) === 1);
      return op === "add" && shape.length === 2 && product !== undefined && inputs.some(isRow) ? [product] : [];
    }),
  );
}
