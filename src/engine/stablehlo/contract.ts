import { columnSum, neutral, type Node, type ReduceName } from "../graph.js";
import { list, literalText, signature, typeText, type Prints, type Writer } from "./text.js";

const reducers: Readonly<Record<ReduceName, string>> = { add: "add", mul: "multiply", min: "minimum", max: "maximum", and: "and", or: "or" };

/**
 * A column sum as the product of eight rows of ones with the matrix, of which one row is kept. XLA's CPU compiler fuses
 * a reduction with the element-wise work before it and then walks down the columns, element by element; its matrix
 * product is vectorised and reads what the weight gradient has already stored (a fifth of a whole update). With a
 * single row of ones it would become a fused loop again.
 */
function productWithOnes(node: Node, { rows, columns, writer: { name, line } }: { rows: number; columns: number; writer: Writer }): string {
  const input = node.inputs[0] as Node;
  const type = (shape: readonly number[]): string => typeText({ shape, dtype: node.dtype });
  const ones = line(`stablehlo.constant dense<${literalText(1, node.dtype)}> : ${type([8, rows])}`);
  const matrix = line(`stablehlo.reshape ${name(input)} : (${typeText(input)}) -> ${type([rows, columns])}`);
  const sums = line(`stablehlo.dot_general ${ones}, ${matrix}, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (${type([8, rows])}, ${type([rows, columns])}) -> ${type([8, columns])}`);
  const first = line(`stablehlo.slice ${sums} [0:1, 0:${columns}] : (${type([8, columns])}) -> ${type([1, columns])}`);
  return `stablehlo.reshape ${first} : (${type([1, columns])}) -> ${typeText(node)}`;
}

export const contractPrints = {
  reduce: (node, writer) => {
    const { name, line } = writer;
    const input = node.inputs[0] as Node;
    const sum = columnSum(node);
    if (sum !== undefined) return productWithOnes(node, { ...sum, writer });
    const scalar = typeText({ shape: [], dtype: node.dtype });
    const init = line(`stablehlo.constant dense<${literalText(neutral(node.attributes.fn, node.dtype), node.dtype)}> : ${scalar}`);
    return `stablehlo.reduce(${name(input)} init: ${init}) applies stablehlo.${reducers[node.attributes.fn]} across dimensions = ${list(node.attributes.axes)} : (${typeText(input)}, ${scalar}) -> ${typeText(node)}`;
  },
  dot: (node, { name }) => {
    const { batch, contract } = node.attributes;
    const batching = batch[0].length === 0 ? "" : `batching_dims = ${list(batch[0])} x ${list(batch[1])}, `;
    return `stablehlo.dot_general ${node.inputs.map(name).join(", ")}, ${batching}contracting_dims = ${list(contract[0])} x ${list(contract[1])}, precision = [DEFAULT, DEFAULT] ${signature(node)}`;
  },
} satisfies Partial<Prints>;
