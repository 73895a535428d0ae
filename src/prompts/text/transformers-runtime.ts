import { join } from "node:path";
import type { ProgressFn } from "../../util/index.js";
import { exposeHiddenStates } from "./conversion/expose-hidden-states.js";

/**
 * The one door to @huggingface/transformers: a tokenizer and a model that give hidden states, loaded from a folder or
 * from the hub. What transformers.js offers loosely typed is given its type here.
 */
export interface HiddenStates {
  /** Token ids of a text, special tokens included. */
  tokenize(text: string): number[];
  /** Hidden states of one text's tokens, (length, dim) flat. */
  run(ids: readonly number[]): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Where a model's files are: `<folder>/<id>/config.json`, `…/tokenizer.json`, `…/onnx/model.onnx`. */
export interface ModelPlace {
  readonly folder: string;
  /** Whether files that are not in the folder are fetched from the hub and kept there. */
  readonly remote: boolean;
  /** Branch, tag or commit on the hub. */
  readonly revision?: string;
  readonly onProgress?: ProgressFn;
}

export interface ModelConfig {
  readonly modelType: string;
  readonly architectures: readonly string[];
  readonly dim: number;
}

interface OutputTensor {
  readonly data: ArrayLike<number>;
  readonly dims: readonly number[];
}

type Library = typeof import("@huggingface/transformers");

/** Threads that wait sleep: spinning ones cost twice the processor time, and much more where others want the cores. */
const sessionOptions = { extra: { session: { intra_op: { allow_spinning: "0" } } } };

// The library keeps its settings in one global object: calls wait for each other.
let turn: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = turn.then(work);
  turn = result.catch(() => undefined);
  return result;
}

async function library({ folder, remote }: ModelPlace): Promise<Library> {
  const transformers = await import("@huggingface/transformers");
  const { env } = transformers;
  env.allowLocalModels = !remote;
  env.allowRemoteModels = remote;
  env.localModelPath = folder;
  env.cacheDir = folder;
  if (process.env["HF_ENDPOINT"] !== undefined) env.remoteHost = process.env["HF_ENDPOINT"];
  env.logLevel = transformers.LogLevel.ERROR;
  return transformers;
}

/** Reads a model's config.json, from the hub if need be, without its weights. */
export function readModelConfig(id: string, place: ModelPlace): Promise<ModelConfig> {
  return inTurn(async () => {
    const { AutoConfig } = await library(place);
    const config = (await AutoConfig.from_pretrained(id, revisionOf(place))) as unknown as Record<string, unknown>;
    const dim = [config["hidden_size"], config["d_model"], config["n_embd"], config["dim"]].find((size) => typeof size === "number");
    if (dim === undefined) throw new Error("its config.json does not say how wide its hidden states are (hidden_size)");
    const architectures = Array.isArray(config["architectures"]) ? config["architectures"].map(String) : [];
    return { modelType: String(config["model_type"]), architectures, dim };
  });
}

/**
 * Loads a tokenizer and a model. A causal model whose export gives logits alone is taught, once, to give its last
 * hidden states as well.
 *
 * @throws Error of transformers.js if a file is missing or the hub cannot be reached
 */
export function loadHiddenStates(id: string, { dim, ...place }: ModelPlace & { dim: number }): Promise<HiddenStates> {
  return inTurn(async () => {
    const { AutoModel, AutoTokenizer, Tensor, env } = await library(place);
    const progress = place.onProgress === undefined ? {} : { progress_callback: (event: object) => report(event, place.onProgress) };
    const options = { ...revisionOf(place), ...progress };
    const tokenizer = await AutoTokenizer.from_pretrained(id, options);
    const open = () => AutoModel.from_pretrained(id, { ...options, dtype: "fp32", device: "cpu", session_options: sessionOptions });
    let model = await open();
    const call = async (ids: readonly number[]): Promise<Float32Array | undefined> => {
      const shape = [1, ids.length];
      const tensor = (data: BigInt64Array) => new Tensor("int64", data, shape);
      const inputs = {
        input_ids: tensor(BigInt64Array.from(ids, BigInt)),
        attention_mask: tensor(new BigInt64Array(ids.length).fill(1n)),
        token_type_ids: tensor(new BigInt64Array(ids.length)),
      };
      return hiddenOf((await model(inputs)) as Record<string, OutputTensor>, dim);
    };
    if ((await call(tokenizer.encode("a"))) === undefined) {
      await model.dispose();
      const revision = place.revision ?? "main";
      await exposeHiddenStates(join(env.cacheDir as string, id, ...(revision === "main" ? [] : [revision]), "onnx", "model.onnx"));
      model = await open();
    }
    return {
      tokenize: (text) => tokenizer.encode(text),
      run: async (ids) => {
        const hidden = await call(ids);
        if (hidden === undefined) throw new Error(`its graph gives no hidden states of width ${dim}`);
        return hidden;
      },
      dispose: async () => {
        await model.dispose();
      },
    };
  });
}

function revisionOf({ revision }: ModelPlace): { revision?: string } {
  return revision === undefined ? {} : { revision };
}

/** The output that holds one row of `dim` for each token: by name, or any that is neither logits nor a cache. */
function hiddenOf(outputs: Record<string, OutputTensor>, dim: number): Float32Array | undefined {
  const fits = (tensor: OutputTensor | undefined): boolean => tensor?.dims.length === 3 && tensor.dims[2] === dim;
  const names = Object.keys(outputs).filter((name) => name !== "logits" && !name.startsWith("present") && fits(outputs[name]));
  const name = names.includes("last_hidden_state") ? "last_hidden_state" : names[0];
  const tensor = name === undefined ? undefined : outputs[name];
  return tensor === undefined ? undefined : Float32Array.from(tensor.data);
}

function report(event: object, onProgress: ProgressFn | undefined): void {
  const { status, file, loaded, total } = event as { status?: string; file?: string; loaded?: number; total?: number };
  if (status === "progress" && file !== undefined && total !== undefined && total > 0) onProgress?.({ done: loaded ?? 0, total, label: `Fetching ${file}` });
}
