import { inFront, type Node } from "../graph.js";
import type { Prints, Writer } from "./writer.js";

const first = ({ inputs }: { readonly inputs: readonly Node[] }): Node => inputs[0] as Node;

/** Whole numbers from `from` to `to` of a value, backwards with a step of −1. */
function slice(writer: Writer, value: string, ranges: readonly { axis: number; from: number; to: number; step?: number }[]): string {
  if (ranges.length === 0) return value;
  const column = (pick: (range: (typeof ranges)[number]) => number): string => writer.whole(ranges.map(pick));
  return writer.op("Slice", [value, column(({ from }) => from), column(({ to }) => to), column(({ axis }) => axis), column(({ step }) => step ?? 1)]);
}

export const shapePrints = {
  constant: (node, writer) => writer.scalar(node.attributes.value, node.dtype),
  array: (node, writer) => writer.array(node.attributes.data, { type: node.dtype, shape: node.shape }),
  broadcast: (node, writer) => writer.expand(writer.narrow(node, node.shape.length).name(), node.shape),
  reshape: (node, writer) => writer.reshape(writer.name(first(node)), { from: first(node).shape, to: node.shape }),
  transpose: (node, writer) => writer.transpose(writer.name(first(node)), node.attributes.perm),
  slice: (node, writer) => {
    const { start } = node.attributes;
    const cut = node.shape.flatMap((size, axis) => (size === first(node).shape[axis] ? [] : [{ axis, from: start[axis] as number, to: (start[axis] as number) + size }]));
    return slice(writer, writer.name(first(node)), cut);
  },
  pad: (node, writer) => {
    const { low } = node.attributes;
    const high = node.shape.map((size, axis) => size - (first(node).shape[axis] as number) - (low[axis] as number));
    return writer.op("Pad", [writer.name(first(node)), writer.whole([...low, ...high]), writer.scalar(0, node.dtype)]);
  },
  reverse: (node, writer) => slice(writer, writer.name(first(node)), node.attributes.axes.map((axis) => ({ axis, from: -1, to: -(2 ** 31), step: -1 }))),
  concatenate: (node, writer) => writer.op("Concat", node.inputs.map((input) => writer.name(input)), { axis: node.attributes.axis }),
  gather: (node, writer) => {
    const [operand, indices] = node.inputs as [Node, Node];
    const { axes } = node.attributes;
    // Indices beyond the table mean its first or last row.
    const last = writer.graph.constant(axes.map((axis) => (operand.shape[axis] as number) - 1), { type: "int32" });
    const clamped = writer.op("Max", [writer.op("Min", [writer.name(indices), last]), writer.scalar(0, "int32")]);
    const table = writer.transpose(writer.name(operand), inFront(axes, operand.shape.length));
    return writer.op("GatherND", [table, writer.cast(clamped, "int64")]);
  },
  scatter: (node, writer) => {
    const [updates, indices] = node.inputs as [Node, Node];
    const { axes, fn } = node.attributes;
    const perm = inFront(axes, node.shape.length);
    const zeros = writer.expand(writer.scalar(0, node.dtype), perm.map((axis) => node.shape[axis] as number));
    const filled = writer.op("ScatterND", [zeros, writer.cast(writer.name(indices), "int64"), writer.name(updates)], fn === "add" ? { reduction: "add" } : {});
    return writer.transpose(filled, perm.map((_, axis) => perm.indexOf(axis)));
  },
} satisfies Partial<Prints>;
