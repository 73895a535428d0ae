import { dequantizeGguf, ggufBlocks, onnxTypes, type GgufBlocks, type GgufTensor, type OnnxGraph } from "../../../formats/index.js";

/**
 * Layers over the weights of a GGUF file. Quantised weights stay packed in the ONNX file and in memory, so that
 * conversion is little more than a copy, yet the arithmetic is that of float32: nothing is rounded a second time.
 */

interface Weight {
  readonly name: string;
  readonly tensor: GgufTensor;
}

/** x·Wᵀ for x (batch, length, inputs) and W (outputs, inputs). */
export function linear(graph: OnnxGraph, { x, ...weight }: Weight & { x: string }): string {
  const { name, tensor } = weight;
  if (tensor.type === "F32" || tensor.type === "F16") {
    return graph.node("MatMul", [x, graph.node("Transpose", [plainWeight(graph, weight)], { attributes: { perm: [1, 0] } })]);
  }
  const blocks = ggufBlocks(tensor);
  if (blocks.bits === 4) return fourBitLinear(graph, { x, name, shape: tensor.shape, blocks });
  const wide = { type: "F32", shape: tensor.shape, bytes: new Uint8Array(dequantizeGguf(tensor).buffer) } as const;
  return linear(graph, { x, name, tensor: wide });
}

/**
 * A block of weights is scale·code + offset with code in 0…15. The runtime's four-bit product computes
 * scale·(code − 8), fast only without offsets of its own; what is missing, (offset + 8·scale) times the sum of x over
 * the block, is one more product, thirty-two times smaller.
 */
function fourBitLinear(graph: OnnxGraph, { x, name, shape, blocks }: { x: string; name: string; shape: readonly number[]; blocks: GgufBlocks }): string {
  const [outputs, inputs] = shape as [number, number];
  const perRow = inputs / 32;
  const { codes, scales, offsets } = blocks;
  const rest = new Float32Array(perRow * outputs);
  for (let row = 0; row < outputs; row++) {
    for (let block = 0; block < perRow; block++) {
      const at = row * perRow + block;
      rest[block * outputs + row] = (offsets[at] as number) + 8 * (scales[at] as number);
    }
  }
  const packed = graph.initializer(`${name}.codes`, { type: "uint8", shape: [outputs, perRow, 16], data: codes });
  const scale = graph.initializer(`${name}.scales`, { type: "float32", shape: [outputs * perRow], data: scales });
  // Accuracy level 1 keeps x in float32; level 4 would round it to eight bits (cosine 0.9996).
  const attributes = { K: inputs, N: outputs, bits: 4, block_size: 32, accuracy_level: 1 };
  const product = graph.node("MatMulNBits", [x, packed, scale], { domain: "com.microsoft", attributes });
  const byBlock = graph.node("Reshape", [x, graph.constant([0, 0, perRow, 32])]);
  const sums = graph.node("ReduceSum", [byBlock, graph.constant([3])], { attributes: { keepdims: 0 } });
  const offset = graph.initializer(`${name}.rest`, { type: "float32", shape: [perRow, outputs], data: rest });
  return graph.node("Add", [product, graph.node("MatMul", [sums, offset])]);
}

/** A weight as one float32 value. */
export function plainWeight(graph: OnnxGraph, { name, tensor }: Weight): string {
  return graph.initializer(name, { type: "float32", shape: tensor.shape, data: dequantizeGguf(tensor) });
}

/** Rows of an embedding table (vocabulary, width) picked by ids: (batch, length, width). Only picked rows are widened. */
export function embedding(graph: OnnxGraph, { ids, name, tensor }: Weight & { ids: string }): string {
  if (tensor.type !== "Q8_0") return graph.node("Gather", [plainWeight(graph, { name, tensor }), ids]);
  const { codes, scales } = ggufBlocks(tensor);
  const [rows, width] = tensor.shape as [number, number];
  const packed = graph.initializer(`${name}.codes`, { type: "int8", shape: [rows, width / 32, 32], data: codes });
  const scale = graph.initializer(`${name}.scales`, { type: "float32", shape: [rows, width / 32, 1], data: scales });
  const picked = graph.node("Cast", [graph.node("Gather", [packed, ids])], { attributes: { to: onnxTypes.float32 } });
  return graph.node("Reshape", [graph.node("Mul", [picked, graph.node("Gather", [scale, ids])]), graph.constant([0, 0, width])]);
}
