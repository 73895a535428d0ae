import type { ElementType, Node, ReduceName } from "../graph.js";
import { list, literalText, signature, typeText, type Prints } from "./text.js";

const reducers: Readonly<Record<ReduceName, string>> = { add: "add", mul: "multiply", min: "minimum", max: "maximum", and: "and", or: "or" };

/** The value from which a reduction starts: the result for an empty axis. */
function neutral(fn: ReduceName, dtype: ElementType): number {
  if (fn === "add" || fn === "or") return 0;
  if (fn === "mul" || fn === "and") return 1;
  const low = { float32: -Infinity, int32: -2147483648, uint32: 0, bool: 0 }[dtype];
  const high = { float32: Infinity, int32: 2147483647, uint32: 4294967295, bool: 1 }[dtype];
  return fn === "max" ? low : high;
}

export const contractPrints = {
  reduce: (node, { name, line }) => {
    const input = node.inputs[0] as Node;
    const scalar = typeText({ shape: [], dtype: node.dtype });
    const init = line(`stablehlo.constant dense<${literalText(neutral(node.attributes.fn, node.dtype), node.dtype)}> : ${scalar}`);
    return `stablehlo.reduce(${name(input)} init: ${init}) applies stablehlo.${reducers[node.attributes.fn]} across dimensions = ${list(node.attributes.axes)} : (${typeText(input)}, ${scalar}) -> ${typeText(node)}`;
  },
  dot: (node, { name }) => {
    const { batch, contract } = node.attributes;
    const batching = batch[0].length === 0 ? "" : `batching_dims = ${list(batch[0])} x ${list(batch[1])}, `;
    return `stablehlo.dot_general ${node.inputs.map(name).join(", ")}, ${batching}contracting_dims = ${list(contract[0])} x ${list(contract[1])}, precision = [DEFAULT, DEFAULT] ${signature(node)}`;
  },
} satisfies Prints;
