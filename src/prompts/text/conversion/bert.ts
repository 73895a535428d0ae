import { OnnxGraph, onnxFloat, onnxTypes, tensorToFloat32, type Safetensors } from "../../../formats/index.js";
import { UserError } from "../../../util/index.js";

/** The fields of a BERT model's config.json that its graph depends on. */
export interface BertConfig {
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly layer_norm_eps: number;
  readonly hidden_act: string;
}

/**
 * The BERT encoder of a safetensors file as an ONNX graph: `input_ids`, `attention_mask` and `token_type_ids`
 * (batch, length) in, `last_hidden_state` (batch, length, hidden) out.
 *
 * @throws UserError if a weight is missing or the activation is not "gelu"
 */
export function bertGraph({ tensors }: Safetensors, { config }: { config: BertConfig }): OnnxGraph {
  if (config.hidden_act !== "gelu") throw new UserError(`Cannot convert a BERT model with activation "${config.hidden_act}": "gelu" is required.`);
  const graph = new OnnxGraph({ name: `bert-${config.num_hidden_layers}`, opset: 23 });
  const batch = ["batch", "length"];
  const ids = graph.input("input_ids", { type: "int64", shape: batch });
  const mask = graph.input("attention_mask", { type: "int64", shape: batch });
  const types = graph.input("token_type_ids", { type: "int64", shape: batch });

  const weight = (name: string): string => {
    const tensor = tensors.get(name) ?? tensors.get(`bert.${name}`);
    if (tensor === undefined) throw new UserError(`Cannot convert the BERT model: tensor "${name}" is missing.`);
    return graph.initializer(name, { type: "float32", shape: tensor.shape, data: tensorToFloat32(tensor) });
  };
  const add = (a: string, b: string): string => graph.node("Add", [a, b]);
  const linear = (name: string, x: string): string => {
    const transposed = graph.node("Transpose", [weight(`${name}.weight`)], { attributes: { perm: [1, 0] } });
    return add(graph.node("MatMul", [x, transposed]), weight(`${name}.bias`));
  };
  const norm = (name: string, x: string, options: { output?: string } = {}): string =>
    graph.node("LayerNormalization", [x, weight(`${name}.weight`), weight(`${name}.bias`)], {
      attributes: { axis: -1, epsilon: onnxFloat(config.layer_norm_eps) },
      ...options,
    });

  const length = graph.node("Gather", [graph.node("Shape", [ids]), graph.constant([1])], { attributes: { axis: 0 } });
  const places = graph.node("Slice", [weight("embeddings.position_embeddings.weight"), graph.constant([0]), length]);
  const words = graph.node("Gather", [weight("embeddings.word_embeddings.weight"), ids]);
  const segments = graph.node("Gather", [weight("embeddings.token_type_embeddings.weight"), types]);
  let x = norm("embeddings.LayerNorm", add(add(words, segments), places));

  const hidden = graph.node("Sub", [graph.constant(1, { type: "float32" }), graph.node("Cast", [mask], { attributes: { to: onnxTypes.float32 } })]);
  const masked = graph.node("Mul", [graph.node("Unsqueeze", [hidden, graph.constant([1, 2])]), graph.constant(-1e9, { type: "float32" })]);
  const square = graph.node("Concat", [graph.constant([1, 1]), length, graph.constant([1])], { attributes: { axis: 0 } });
  const bias = graph.node("Expand", [masked, square]);
  const attributes = { q_num_heads: config.num_attention_heads, kv_num_heads: config.num_attention_heads };

  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const name = `encoder.layer.${layer}`;
    const [query, key, value] = ["query", "key", "value"].map((part) => linear(`${name}.attention.self.${part}`, x)) as [string, string, string];
    const mixed = graph.node("Attention", [query, key, value, bias], { attributes });
    const y = norm(`${name}.attention.output.LayerNorm`, add(linear(`${name}.attention.output.dense`, mixed), x));
    const wide = graph.node("Gelu", [linear(`${name}.intermediate.dense`, y)]);
    const last = layer === config.num_hidden_layers - 1;
    x = norm(`${name}.output.LayerNorm`, add(linear(`${name}.output.dense`, wide), y), last ? { output: "last_hidden_state" } : {});
  }
  graph.output(x, { type: "float32", shape: [...batch, config.hidden_size] });
  return graph;
}
