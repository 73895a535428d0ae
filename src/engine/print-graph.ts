import type { Graph, Node } from "./graph.js";

const short = { float32: "f32", int32: "i32", uint32: "u32", bool: "bool" } as const;

function printAttribute(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printAttribute).join(", ")}]`;
  if (ArrayBuffer.isView(value)) return `${(value as Float32Array).length} elements`;
  return String(value);
}

/**
 * A graph as text, one operation a line, numbered in order: `%4 = dot %2, x {…} : f32[256, 64]`. Parameters are called
 * by their paths.
 */
export function printGraph({ parameters, nodes, outputs }: Graph): string {
  const names = new Map<Node, string>(parameters.map((node) => [node, node.attributes.name || "x"]));
  const type = ({ dtype, shape }: Node): string => `${short[dtype]}[${shape.join(", ")}]`;
  const name = (node: Node): string => names.get(node) ?? "?";
  const lines: string[] = [];
  let count = 0;
  for (const node of nodes) {
    if (node.op === "constant") {
      const { value, exact } = node.attributes as { value: number; exact: boolean };
      names.set(node, `${Object.is(value, -0) ? "-0" : String(value)}${exact ? " (exact)" : ""}`);
      continue;
    }
    names.set(node, `%${count++}`);
    const attributes = Object.entries(node.attributes).map(([key, value]) => `${key}=${printAttribute(value)}`);
    lines.push(`${name(node)} = ${[node.op, node.inputs.map(name).join(", ")].filter(Boolean).join(" ")}${attributes.length > 0 ? ` {${attributes.join(", ")}}` : ""} : ${type(node)}`);
  }
  return [`(${parameters.map((node) => `${name(node)}: ${type(node)}`).join(", ")})`, ...lines.map((line) => `  ${line}`), `return ${outputs.map(name).join(", ")}`].join("\n");
}
