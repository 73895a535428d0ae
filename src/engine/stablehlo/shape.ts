import type { Node } from "../graph.js";
import { denseText, list, literalText, signature, typeText, type Prints } from "./text.js";

const first = ({ inputs }: { readonly inputs: readonly Node[] }): Node => inputs[0] as Node;

/** "offset_dims = …" and so on, shared by gather and scatter: whole rows beside the indexed axes. */
function indexedAxes(operandRank: number, { indexRank, axes, words }: { indexRank: number; axes: readonly number[]; words: readonly [window: string, collapsed: string, map: string] }): string {
  const window = Array.from({ length: operandRank - axes.length }, (_, i) => indexRank + i);
  const sorted = axes.toSorted((a, b) => a - b);
  return `${words[0]} = ${list(window)}, ${words[1]} = ${list(sorted)}, ${words[2]} = ${list(axes)}, index_vector_dim = ${indexRank}`;
}

export const shapePrints = {
  constant: (node) => `stablehlo.constant dense<${literalText(node.attributes.value, node.dtype)}> : ${typeText(node)}`,
  array: (node) => `stablehlo.constant dense<${node.attributes.data.length === 0 ? "" : denseText(node.attributes.data, node.dtype)}> : ${typeText(node)}`,
  broadcast: (node, { name }) => {
    const input = first(node);
    if (input.op === "constant") return `stablehlo.constant dense<${literalText((input.attributes as { value: number }).value, node.dtype)}> : ${typeText(node)}`;
    return `stablehlo.broadcast_in_dim ${name(input)}, dims = ${list(node.attributes.dims)} ${signature(node)}`;
  },
  reshape: (node, { name }) => `stablehlo.reshape ${name(first(node))} ${signature(node)}`,
  transpose: (node, { name }) => `stablehlo.transpose ${name(first(node))}, dims = ${list(node.attributes.perm)} ${signature(node)}`,
  slice: (node, { name }) => `stablehlo.slice ${name(first(node))} ${list(node.shape.map((size, i) => `${node.attributes.start[i]}:${(node.attributes.start[i] as number) + size}`))} ${signature(node)}`,
  pad: (node, { name, line }) => {
    const input = first(node);
    const zero = line(`stablehlo.constant dense<${literalText(0, node.dtype)}> : ${typeText({ shape: [], dtype: node.dtype })}`);
    const high = node.shape.map((size, i) => size - (input.shape[i] as number) - (node.attributes.low[i] as number));
    return `stablehlo.pad ${name(input)}, ${zero}, low = ${list(node.attributes.low)}, high = ${list(high)}, interior = ${list(node.shape.map(() => 0))} : (${typeText(input)}, ${typeText({ shape: [], dtype: node.dtype })}) -> ${typeText(node)}`;
  },
  reverse: (node, { name }) => `stablehlo.reverse ${name(first(node))}, dims = ${list(node.attributes.axes)} : ${typeText(node)}`,
  concatenate: (node, { name }) => `stablehlo.concatenate ${node.inputs.map(name).join(", ")}, dim = ${node.attributes.axis} ${signature(node)}`,
  gather: (node, { name }) => {
    const [operand, indices] = node.inputs as [Node, Node];
    const { axes } = node.attributes;
    const sizes = operand.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const numbers = indexedAxes(operand.shape.length, { indexRank: indices.shape.length - 1, axes, words: ["offset_dims", "collapsed_slice_dims", "start_index_map"] });
    return `"stablehlo.gather"(${name(operand)}, ${name(indices)}) <{dimension_numbers = #stablehlo.gather<${numbers}>, slice_sizes = array<i64: ${sizes.join(", ")}>, indices_are_sorted = false}> ${signature(node)}`;
  },
  scatter: (node, { name, line }) => {
    const [updates, indices] = node.inputs as [Node, Node];
    const { axes, fn } = node.attributes;
    const zeros = line(`stablehlo.constant dense<${literalText(0, node.dtype)}> : ${typeText(node)}`);
    const numbers = indexedAxes(node.shape.length, { indexRank: indices.shape.length - 1, axes, words: ["update_window_dims", "inserted_window_dims", "scatter_dims_to_operand_dims"] });
    const scalar = typeText({ shape: [], dtype: node.dtype });
    const body = fn === "add" ? `%c = stablehlo.add %a, %b : ${scalar} stablehlo.return %c : ${scalar}` : `stablehlo.return %b : ${scalar}`;
    return `"stablehlo.scatter"(${zeros}, ${name(indices)}, ${name(updates)}) <{scatter_dimension_numbers = #stablehlo.scatter<${numbers}>, indices_are_sorted = false, unique_indices = false}> ({ ^bb0(%a: ${scalar}, %b: ${scalar}): ${body} }) : (${typeText(node)}, ${typeText(indices)}, ${typeText(updates)}) -> ${typeText(node)}`;
  },
} satisfies Partial<Prints>;
