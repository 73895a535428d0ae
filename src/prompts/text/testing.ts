/** For tests: a tiny random Llama model as a GGUF file, its forward pass in plain arithmetic, and folders of models. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { OnnxGraph, dequantizeGguf, readGguf, type Gguf } from "../../formats/index.js";
import { f32, q4_1, q8_0, writeGguf, type GgufInput } from "../../formats/testing.js";
import { Rng } from "../../util/index.js";
import { byteLevelTokenizer } from "./conversion/byte-level-tokenizer.js";
import { llamaConfig, llamaGraph } from "./conversion/llama.js";

const size = { layers: 3, width: 64, inner: 96, heads: 4, keyHeads: 2, head: 16, epsilon: 1e-5, theta: 1000 };
const vocabulary = ["<pad>", ...Array.from("abcdefghijklmnopqrstuvwxyz0123456789"), "Ġ", "Ġa", "ab"];

/** Weights in each format that a real file uses. */
export function tinyLlama(): Gguf {
  const rng = new Rng(5);
  const random = (count: number, deviation: number): Float32Array => rng.fillNormal(new Float32Array(count)).map((x) => x * deviation);
  const matrix = (rows: number, columns: number): GgufInput => q4_1([rows, columns], random(rows * columns, columns ** -0.5));
  const scale = (): GgufInput => f32([size.width], random(size.width, 0.3).map((x) => 1 + x));
  const layers = Array.from({ length: size.layers }, (_, i) => ({
    [`blk.${i}.attn_norm.weight`]: scale(),
    [`blk.${i}.attn_q.weight`]: matrix(size.heads * size.head, size.width),
    [`blk.${i}.attn_k.weight`]: matrix(size.keyHeads * size.head, size.width),
    [`blk.${i}.attn_v.weight`]: matrix(size.keyHeads * size.head, size.width),
    [`blk.${i}.attn_output.weight`]: matrix(size.width, size.heads * size.head),
    [`blk.${i}.ffn_norm.weight`]: scale(),
    [`blk.${i}.ffn_gate.weight`]: i === 0 ? f32([size.inner, size.width], random(size.inner * size.width, 0.1)) : matrix(size.inner, size.width),
    [`blk.${i}.ffn_up.weight`]: i === 1 ? q8_0([size.inner, size.width], random(size.inner * size.width, 0.1)) : matrix(size.inner, size.width),
    [`blk.${i}.ffn_down.weight`]: matrix(size.width, size.inner),
  }));
  return readGguf(
    writeGguf(
      {
        "general.architecture": "llama",
        "llama.block_count": size.layers,
        "llama.context_length": 128,
        "llama.embedding_length": size.width,
        "llama.feed_forward_length": size.inner,
        "llama.attention.head_count": size.heads,
        "llama.attention.head_count_kv": size.keyHeads,
        "llama.rope.freq_base": size.theta,
        "llama.attention.layer_norm_rms_epsilon": size.epsilon,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "smollm",
        "tokenizer.ggml.tokens": vocabulary,
        "tokenizer.ggml.token_type": vocabulary.map((_, id) => (id === 0 ? 3 : 1)),
        "tokenizer.ggml.merges": ["Ġ a", "a b"],
        "tokenizer.ggml.padding_token_id": 0,
      },
      {
        "token_embd.weight": q8_0([vocabulary.length, size.width], random(vocabulary.length * size.width, 1)),
        "output_norm.weight": scale(),
        ...Object.assign({}, ...layers),
      },
    ),
  );
}

/** Hidden states (length, width) of the first layers and the final norm, straight from the equations, in float64. */
export function tinyLlamaStates(gguf: Gguf, { ids, layers }: { ids: readonly number[]; layers: number }): number[][] {
  const weight = (name: string): Float32Array => dequantizeGguf(gguf.tensors.get(`${name}.weight`) ?? missing(name));
  const times = (x: number[], name: string): number[] => {
    const w = weight(name);
    return Array.from({ length: w.length / x.length }, (_, row) => x.reduce((sum, value, i) => sum + value * (w[row * x.length + i] as number), 0));
  };
  const norm = (x: number[], name: string): number[] => {
    const w = weight(name);
    const scale = 1 / Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length + Math.fround(size.epsilon));
    return x.map((value, i) => value * scale * (w[i] as number));
  };
  const head = (x: number[], index: number): number[] => x.slice(index * size.head, (index + 1) * size.head);
  const rotate = (x: number[], position: number): number[] =>
    x.map((value, i) => {
      const angle = position * size.theta ** (-2 * Math.floor(i / 2) / size.head);
      const pair = (i % 2 === 0 ? -1 : 1) * (x[i ^ 1] as number);
      return value * Math.cos(angle) + pair * Math.sin(angle);
    });
  const embedding = weight("token_embd");
  let states = ids.map((id) => Array.from(embedding.subarray(id * size.width, (id + 1) * size.width)));
  for (let layer = 0; layer < layers; layer++) {
    const name = `blk.${layer}`;
    const normed = states.map((x) => norm(x, `${name}.attn_norm`));
    const [query, key, value] = ["q", "k", "v"].map((part) => normed.map((x) => times(x, `${name}.attn_${part}`))) as [number[][], number[][], number[][]];
    const mixed = states.map((_, t) =>
      Array.from({ length: size.heads }, (__, h) => {
        const group = Math.floor(h / (size.heads / size.keyHeads));
        const q = rotate(head(query[t] as number[], h), t);
        const scores = Array.from({ length: t + 1 }, (___, s) => Math.exp(dot(q, rotate(head(key[s] as number[], group), s)) / Math.sqrt(size.head)));
        const total = scores.reduce((a, b) => a + b, 0);
        return Array.from({ length: size.head }, (___, i) => scores.reduce((sum, score, s) => sum + (score / total) * (head(value[s] as number[], group)[i] as number), 0));
      }).flat(),
    );
    states = states.map((x, t) => plus(x, times(mixed[t] as number[], `${name}.attn_output`)));
    states = states.map((x) => {
      const normedX = norm(x, `${name}.ffn_norm`);
      const up = times(normedX, `${name}.ffn_up`);
      const wide = times(normedX, `${name}.ffn_gate`).map((gate, i) => (gate / (1 + Math.exp(-gate))) * (up[i] as number));
      return plus(x, times(wide, `${name}.ffn_down`));
    });
  }
  return states.map((x) => norm(x, "output_norm"));
}

/** Writes the model as a folder that transformers.js reads; "causal" makes it give logits alone, as hub exports do. */
export async function writeTinyLlama(folder: string, { layers, causal = false }: { layers: number; causal?: boolean }): Promise<void> {
  const gguf = tinyLlama();
  const { tokenizer, config } = byteLevelTokenizer(gguf, { maxTokens: 128 });
  const graph = causal ? logitsGraph() : llamaGraph(gguf, { layers });
  await mkdir(join(folder, "onnx"), { recursive: true });
  await writeFile(join(folder, "onnx", "model.onnx"), Buffer.concat(graph.encode()));
  const architecture = causal ? "LlamaForCausalLM" : "LlamaModel";
  await writeFile(join(folder, "config.json"), JSON.stringify({ model_type: "llama", architectures: [architecture], ...llamaConfig(gguf) }));
  await writeFile(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
  await writeFile(join(folder, "tokenizer_config.json"), JSON.stringify(config));
}

/** Not a language model but shaped like one: hidden states are embedded ids times a mask, logits their product. */
function logitsGraph(): OnnxGraph {
  const graph = new OnnxGraph({ name: "causal", opset: 21 });
  const ids = graph.input("input_ids", { type: "int64", shape: ["batch", "length"] });
  const mask = graph.input("attention_mask", { type: "int64", shape: ["batch", "length"] });
  const table = new Float32Array(vocabulary.length * size.width).map((_, i) => Math.floor(i / size.width) + (i % size.width) / 100);
  const rows = graph.node("Gather", [graph.initializer("table", { type: "float32", shape: [vocabulary.length, size.width], data: table }), ids]);
  const real = graph.node("Unsqueeze", [graph.node("Cast", [mask], { attributes: { to: 1 } }), graph.constant([2])]);
  const hidden = graph.node("Mul", [rows, real], { output: "/model/norm/output" });
  const lmHead = graph.initializer("head", { type: "float32", shape: [size.width, vocabulary.length], data: new Float32Array(size.width * vocabulary.length).fill(1) });
  graph.node("Mul", [graph.node("MatMul", [hidden, lmHead]), graph.constant(0.5, { type: "float32" })], { output: "logits" });
  graph.output("logits", { type: "float32", shape: ["batch", "length", vocabulary.length] });
  return graph;
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
const plus = (a: readonly number[], b: readonly number[]): number[] => a.map((value, i) => value + (b[i] as number));
const missing = (name: string): never => {
  throw new Error(`no tensor ${name}`);
};
