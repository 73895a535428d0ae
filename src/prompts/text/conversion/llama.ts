import { OnnxGraph, onnxFloat, onnxTypes, type Gguf, type GgufTensor } from "../../../formats/index.js";
import { UserError } from "../../../util/index.js";
import { embedding, linear, plainWeight } from "./weights.js";

/** Sizes of a Llama-family decoder, by the names that Hugging Face gives them in config.json. */
export interface LlamaConfig {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  readonly max_position_embeddings: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
  readonly vocab_size: number;
}

/**
 * Reads the sizes of a Llama model from the metadata of its GGUF file.
 *
 * @throws UserError for another architecture
 */
export function llamaConfig({ metadata, tensors }: Gguf): LlamaConfig {
  const architecture = metadata.get("general.architecture");
  if (architecture !== "llama") throw new UserError(`Cannot convert a GGUF model of architecture "${String(architecture)}": "llama" is required.`);
  const number = (key: string): number => {
    const value = metadata.get(`llama.${key}`);
    if (typeof value !== "number") throw new UserError(`Cannot convert the GGUF model: metadata "llama.${key}" is missing.`);
    return value;
  };
  const hidden = number("embedding_length");
  const heads = number("attention.head_count");
  return {
    hidden_size: hidden,
    intermediate_size: number("feed_forward_length"),
    num_hidden_layers: number("block_count"),
    num_attention_heads: heads,
    num_key_value_heads: number("attention.head_count_kv"),
    head_dim: hidden / heads,
    max_position_embeddings: number("context_length"),
    rms_norm_eps: number("attention.layer_norm_rms_epsilon"),
    rope_theta: number("rope.freq_base"),
    vocab_size: tensors.get("token_embd.weight")?.shape[0] ?? 0,
  };
}

/**
 * The Llama decoder of a GGUF file as an ONNX graph: `input_ids` and `attention_mask` (batch, length) in,
 * `last_hidden_state` (batch, length, hidden) out, after the final norm.
 *
 * Fewer `layers` than the file holds gives the same model cut short. The final norm is applied there too: that is the
 * model a reader gets by setting num_hidden_layers, and without it a few huge activations drown all others.
 */
export function llamaGraph(gguf: Gguf, { layers }: { layers: number }): OnnxGraph {
  const config = llamaConfig(gguf);
  if (layers < 1 || layers > config.num_hidden_layers) throw new UserError(`Cannot cut the model after ${layers} layers: 1 to ${config.num_hidden_layers} is required.`);
  const graph = new OnnxGraph({ name: `llama-${layers}`, opset: 23 });
  const batch = ["batch", "length"];
  const ids = graph.input("input_ids", { type: "int64", shape: batch });
  const mask = graph.input("attention_mask", { type: "int64", shape: batch });
  const block = decoderBlock(graph, { gguf, config, ...positions(graph, { ids, mask, config }) });
  let x = embedding(graph, { ids, name: "token_embd", tensor: tensorOf(gguf, "token_embd.weight") });
  for (let layer = 0; layer < layers; layer++) x = block(x, `blk.${layer}`);
  rmsNorm(graph, { x, name: "output_norm", gguf, config, output: "last_hidden_state" });
  graph.output("last_hidden_state", { type: "float32", shape: [...batch, config.hidden_size] });
  return graph;
}

interface Context {
  readonly gguf: Gguf;
  readonly config: LlamaConfig;
}

interface Positions {
  /** cos and sin of the rotary angles, (batch, length, head_dim / 2). */
  readonly cos: string;
  readonly sin: string;
  /** What is added to attention scores, (batch, 1, length, length): 0 to see, −1e9 not to. */
  readonly bias: string;
}

/** Rotary angles and the causal mask. Positions count real tokens only, so that padding on the left changes nothing. */
function positions(graph: OnnxGraph, { ids, mask, config }: { ids: string; mask: string; config: LlamaConfig }): Positions {
  const float = { attributes: { to: onnxTypes.float32 } };
  const real = graph.node("Cast", [mask], float);
  const position = graph.node("Sub", [graph.node("CumSum", [real, graph.constant(1)]), graph.constant(1, { type: "float32" })]);
  const half = config.head_dim / 2;
  const frequencies = Array.from({ length: half }, (_, i) => config.rope_theta ** (-i / half));
  const angles = graph.node("Mul", [graph.node("Unsqueeze", [position, graph.constant([2])]), graph.constant(frequencies, { type: "float32" })]);

  const length = graph.node("Gather", [graph.node("Shape", [ids]), graph.constant(1)]);
  const order = graph.node("Range", [graph.constant(0), length, graph.constant(1)]);
  const past = graph.node("LessOrEqual", [graph.node("Unsqueeze", [order, graph.constant([0])]), graph.node("Unsqueeze", [order, graph.constant([1])])]);
  const visible = graph.node("Mul", [graph.node("Cast", [past], float), graph.node("Unsqueeze", [real, graph.constant([1, 2])])]);
  // A finite number: rows of padding that see nothing must not become NaN.
  const bias = graph.node("Mul", [graph.node("Sub", [graph.constant(1, { type: "float32" }), visible]), graph.constant(-1e9, { type: "float32" })]);
  return { cos: graph.node("Cos", [angles]), sin: graph.node("Sin", [angles]), bias };
}

/** One layer: x + attention(norm x), then x + swiglu(norm x). */
function decoderBlock(graph: OnnxGraph, { gguf, config, cos, sin, bias }: Context & Positions): (x: string, name: string) => string {
  const apply = (name: string, x: string): string => linear(graph, { x, name, tensor: tensorOf(gguf, `${name}.weight`) });
  // GGUF stores queries and keys for neighbouring pairs (2i, 2i + 1), hence "interleaved".
  const rotate = (x: string, heads: number): string => graph.node("RotaryEmbedding", [x, cos, sin], { attributes: { interleaved: 1, num_heads: heads } });
  const { num_attention_heads: heads, num_key_value_heads: keyHeads } = config;
  return (x, name) => {
    const h = rmsNorm(graph, { x, name: `${name}.attn_norm`, gguf, config });
    const query = rotate(apply(`${name}.attn_q`, h), heads);
    const key = rotate(apply(`${name}.attn_k`, h), keyHeads);
    const mixed = graph.node("Attention", [query, key, apply(`${name}.attn_v`, h), bias], {
      attributes: { q_num_heads: heads, kv_num_heads: keyHeads, scale: onnxFloat(config.head_dim ** -0.5) },
    });
    const y = graph.node("Add", [x, apply(`${name}.attn_output`, mixed)]);
    const g = rmsNorm(graph, { x: y, name: `${name}.ffn_norm`, gguf, config });
    const gate = apply(`${name}.ffn_gate`, g);
    const swish = graph.node("Mul", [gate, graph.node("Sigmoid", [gate])]);
    const wide = graph.node("Mul", [swish, apply(`${name}.ffn_up`, g)]);
    return graph.node("Add", [y, apply(`${name}.ffn_down`, wide)]);
  };
}

function rmsNorm(graph: OnnxGraph, { x, name, gguf, config, output }: Context & { x: string; name: string; output?: string }): string {
  const scale = plainWeight(graph, { name, tensor: tensorOf(gguf, `${name}.weight`) });
  return graph.node("RMSNormalization", [x, scale], {
    attributes: { axis: -1, epsilon: onnxFloat(config.rms_norm_eps) },
    ...(output === undefined ? {} : { output }),
  });
}

function tensorOf({ tensors }: Gguf, name: string): GgufTensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new UserError(`Cannot convert the GGUF model: tensor "${name}" is missing.`);
  return tensor;
}
