/** An interpreter of the graph on tfjs: runs wherever some tfjs does, and is our second opinion in tests. */
import type { Graph, Node } from "../graph.js";
import { lowerProgram } from "../lower/index.js";
import { compute } from "../tfjs/operations.js";
import { loadTfjs, type Tf, type TfjsKind, type TfTensor } from "../tfjs/package.js";
import type { Backend } from "./backend.js";
import { valueBackend } from "./values.js";

export { detect } from "../tfjs/package.js";

/** After which node each value has been used for the last time. */
function lastUses({ nodes, outputs }: Graph): Map<Node, Node[]> {
  const kept = new Set(outputs);
  const dying = new Map<Node, Node[]>();
  for (const node of nodes.toReversed()) {
    const last = [...new Set(node.inputs)].filter((input) => input.op !== "parameter" && !kept.has(input));
    for (const input of last) kept.add(input);
    dying.set(node, last);
  }
  return dying;
}

/** Computes node after node and frees each value after its last use. The inputs stay the caller's; so do the outputs. */
function interpreter(tf: Tf, graph: Graph): (inputs: readonly TfTensor[]) => TfTensor[] {
  const dying = lastUses(graph);
  return (inputs) =>
    tf.tidy(() => {
      const values = new Map<Node, TfTensor>(graph.parameters.map((node) => [node, inputs[node.attributes.index] as TfTensor]));
      for (const node of graph.nodes) {
        values.set(node, tf.tidy(() => compute(node, { tf, inputs: node.inputs.map((input) => values.get(input) as TfTensor) })));
        for (const input of dying.get(node) ?? []) values.get(input)?.dispose();
      }
      return graph.outputs.map((node) => tf.clone(values.get(node) as TfTensor));
    });
}

/** The tfjs backend on a kind of tfjs. */
export async function open(kind: TfjsKind): Promise<Backend> {
  const tf = await loadTfjs(kind);
  return valueBackend<TfTensor>({
    upload: ({ data, shape, dtype }) => tf.tensor(data.slice(), [...shape], dtype),
    read: async (values) => Promise.all(values.map(async (tensor) => ({ shape: tensor.shape, dtype: tensor.dtype, data: await tensor.data() }))),
    free: (values) => tf.dispose([...values]),
    compile: async (program) => ({ run: interpreter(tf, lowerProgram(program)), dispose: () => undefined }),
  });
}
