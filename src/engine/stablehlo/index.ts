/** Writes a graph as a StableHLO module, the language that XLA compiles. */
import { lookUp, type Graph, type Node } from "../graph.js";
import { contractPrints } from "./contract.js";
import { elementwisePrints } from "./elementwise.js";
import { shapePrints } from "./shape.js";
import { sizeOf } from "../../util/index.js";
import { typeText, type Prints, type Writer } from "./text.js";

/** Every operation of a graph. A parameter is printed as an argument, not as an operation. */
const prints: Prints = { ...elementwisePrints, ...shapePrints, ...contractPrints };

/**
 * The module's text. `aliases[i]` is the output that takes over the memory of input i. The inputs `packed`, of
 * elements of four bytes, come together in one last argument of int32, one after the other.
 *
 * @example printStableHlo(graph)
 */
export function printStableHlo({ parameters, nodes, outputs }: Graph, { aliases = [], packed = [] }: { aliases?: readonly (number | undefined)[]; packed?: readonly number[] } = {}): string {
  const names = new Map<Node, string>(parameters.map((node) => [node, `%arg${node.attributes.index}`]));
  const lines: string[] = [];
  const shared = new Map<string, string>();
  let count = 0;
  const line = (text: string): string => {
    const known = shared.get(text);
    if (known !== undefined) return known;
    const name = `%${count++}`;
    lines.push(`    ${name} = ${text}`);
    // Constants are written once, whoever asks.
    if (text.startsWith("stablehlo.constant")) shared.set(text, name);
    return name;
  };
  const write = (node: Node): string => line(lookUp(prints, node)(node, writer));
  const writer: Writer = { line, name: (node) => names.get(node) ?? write(node) };
  const block = unpack(parameters, { packed, writer, names });
  for (const node of nodes) if (node.op !== "constant") names.set(node, write(node));
  const results = outputs.map((node) => writer.name(node));
  const loose = parameters.filter(({ attributes }) => !packed.includes(attributes.index));
  const inputs = [...loose, ...block].map((node) => {
    const alias = aliases[node.attributes.index];
    return `%arg${node.attributes.index}: ${typeText(node)}${alias === undefined ? "" : ` {tf.aliasing_output = ${alias} : i32}`}`;
  });
  const types = outputs.map(typeText).join(", ");
  return `module @program {\n  func.func public @main(${inputs.join(", ")}) -> (${types}) {\n${lines.join("\n")}\n    return ${results.join(", ")} : ${types}\n  }\n}\n`;
}

/** Cuts the packed inputs out of their block, names them, and returns the block as one more parameter. */
function unpack(parameters: readonly Node<"parameter">[], { packed, writer, names }: { packed: readonly number[]; writer: Writer; names: Map<Node, string> }): Node<"parameter">[] {
  if (packed.length === 0) return [];
  const parts = packed.map((index) => parameters[index] as Node<"parameter">);
  const block: Node<"parameter"> = { id: -1, op: "parameter", inputs: [], dtype: "int32", shape: [parts.reduce((sum, { shape }) => sum + sizeOf(shape), 0)], attributes: { index: parameters.length, name: "block" } };
  let start = 0;
  for (const node of parts) {
    const size = sizeOf(node.shape);
    const flat = { shape: [size], dtype: "int32" } as const;
    const cut = writer.line(`stablehlo.slice %arg${parameters.length} [${start}:${start + size}] : (${typeText(block)}) -> ${typeText(flat)}`);
    const typed = node.dtype === "int32" ? cut : writer.line(`stablehlo.bitcast_convert ${cut} : (${typeText(flat)}) -> ${typeText({ ...flat, dtype: node.dtype })}`);
    names.set(node, writer.line(`stablehlo.reshape ${typed} : (${typeText({ ...flat, dtype: node.dtype })}) -> ${typeText(node)}`));
    start += size;
  }
  return [block];
}
