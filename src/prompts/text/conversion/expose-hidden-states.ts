import { readFile } from "node:fs/promises";
import { appendOnnxOutput, readOnnxNodes, type OnnxNode } from "../../../formats/index.js";
import { UserError, writeFileAtomic } from "../../../util/index.js";

/** Products that may be the language-model head: hidden states in, logits out. */
const products = new Set(["MatMul", "Gemm", "FusedMatMul", "MatMulNBits"]);

/**
 * Lets the ONNX file of a causal model give the hidden states from which it computes its logits, as one more output.
 * The hub's exports for text generation give logits alone, which are tens of thousands of numbers a token and no
 * embedding.
 *
 * @throws UserError if the file has no logits or their product is not found
 */
export async function exposeHiddenStates(path: string): Promise<void> {
  const bytes = await readFile(path);
  const nodes = readOnnxNodes(bytes);
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  let node: OnnxNode | undefined = producers.get("logits");
  // Casts, scalings and soft caps may follow the product; they pass their first computed input on.
  while (node !== undefined && !products.has(node.op)) node = node.inputs.map((input) => producers.get(input)).find((found) => found !== undefined);
  const hidden = node?.inputs[0];
  if (hidden === undefined) throw new UserError(`Cannot read hidden states from "${path}": a product that makes "logits" is required. Use an export for feature extraction.`);
  await writeFileAtomic(path, [bytes, appendOnnxOutput(hidden)]);
}
