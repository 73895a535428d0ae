/** Writes a graph as a StableHLO module, the language that XLA compiles. */
import type { Attributes, Graph, Node, OpName } from "../graph.js";
import { contractPrints } from "./contract.js";
import { elementwisePrints } from "./elementwise.js";
import { shapePrints } from "./shape.js";
import { typeText, type Print } from "./text.js";

/** Every operation of a graph. A parameter is printed as an argument, not as an operation. */
const prints: { readonly [K in Exclude<OpName, "parameter">]: Print<Attributes[K]> } = { ...elementwisePrints, ...shapePrints, ...contractPrints };

/**
 * The module's text. `aliases[i]` is the output that takes over the memory of input i.
 *
 * @example printStableHlo(graph)
 */
export function printStableHlo({ parameters, nodes, outputs }: Graph, { aliases = [] }: { aliases?: readonly (number | undefined)[] } = {}): string {
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
  const writer = { line, name: (node: Node): string => names.get(node) ?? line((prints[node.op as keyof typeof prints] as Print<unknown>)(node, writer)) };
  for (const node of nodes) {
    if (node.op === "constant") continue;
    names.set(node, line((prints[node.op as keyof typeof prints] as Print<unknown>)(node, writer)));
  }
  const results = outputs.map((node) => writer.name(node));
  const inputs = parameters.map((node) => {
    const alias = aliases[node.attributes.index];
    return `%arg${node.attributes.index}: ${typeText(node)}${alias === undefined ? "" : ` {tf.aliasing_output = ${alias} : i32}`}`;
  });
  const types = outputs.map(typeText).join(", ");
  return `module @program {\n  func.func public @main(${inputs.join(", ")}) -> (${types}) {\n${lines.join("\n")}\n    return ${results.join(", ")} : ${types}\n  }\n}\n`;
}
