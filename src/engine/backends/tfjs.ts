/** An interpreter of the graph on tfjs: runs wherever some tfjs does, and is our second opinion in tests. */
import type { Graph, Node } from "../graph.js";
import { emptyData, type DType, type HostArray } from "../host-array.js";
import { lowerProgram } from "../lower/index.js";
import { compute } from "../tfjs/operations.js";
import { loadTfjs, type Tf, type TfjsKind, type TfTensor } from "../tfjs/package.js";
import type { Backend } from "./backend.js";

function upload(tf: Tf, { data, shape, dtype }: HostArray): TfTensor {
  return tf.tensor(data.slice(), [...shape], dtype);
}

async function download(tensor: TfTensor): Promise<HostArray> {
  const dtype = tensor.dtype as DType;
  const data = emptyData(dtype, tensor.size);
  data.set(await tensor.data());
  return { shape: [...tensor.shape], data, dtype };
}

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
        values.set(node, tf.tidy(() => compute(tf, { inputs: node.inputs.map((input) => values.get(input) as TfTensor), node })));
        for (const input of dying.get(node) ?? []) values.get(input)?.dispose();
      }
      return graph.outputs.map((node) => tf.clone(values.get(node) as TfTensor));
    });
}

/** The tfjs backend on a kind of tfjs. */
export async function tfjsBackend(kind: TfjsKind): Promise<Backend> {
  const tf = await loadTfjs(kind);
  return {
    async compile(program) {
      const run = interpreter(tf, lowerProgram(program));
      return {
        async call(arrays) {
          const inputs = arrays.map((array) => upload(tf, array));
          try {
            const outputs = run(inputs);
            try {
              return await Promise.all(outputs.map(download));
            } finally {
              tf.dispose(outputs);
            }
          } finally {
            tf.dispose(inputs);
          }
        },
        dispose: () => undefined,
      };
    },
    async compileStep({ program, state: initial }) {
      const run = interpreter(tf, lowerProgram(program));
      let state = initial.map((array) => upload(tf, array));
      return {
        async run(batches) {
          const metrics: Float32Array[] = [];
          for (const batch of batches) {
            const inputs = batch.map((array) => upload(tf, array));
            const outputs = ((): TfTensor[] => {
              try {
                return run([...state, ...inputs]);
              } finally {
                tf.dispose(inputs);
              }
            })();
            const vector = outputs.pop() as TfTensor;
            tf.dispose(state);
            state = outputs;
            metrics.push((await download(vector)).data as Float32Array);
            vector.dispose();
          }
          return metrics;
        },
        readState: async () => Promise.all(state.map(download)),
        async writeState(next) {
          const uploaded = next.map((array) => upload(tf, array));
          tf.dispose(state);
          state = uploaded;
        },
        dispose: () => tf.dispose(state),
      };
    },
  };
}
