import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { UserError, dataPath, messageOf, oneOf, type ProgressFn } from "../../util/index.js";
import { isInstalled, modelRevision } from "./install-models.js";
import { oneWordWrapping, plainWrapping, poolHidden, wrapText, type Pooling, type TextEncoder } from "./encoder.js";
import { hashEncoder } from "./hash-encoder.js";
import { localModels } from "./local-models.js";
import { loadHiddenStates, readModelConfig, type HiddenStates, type ModelPlace } from "./transformers-runtime.js";
import { cachedEncoder } from "./vector-cache.js";

export interface EncoderOptions {
  /** Branch, tag or commit of a hub model; a commit makes a run repeatable. */
  readonly revision?: string;
  /** Default: the last token of a causal model, the mean of any other. */
  readonly pooling?: Pooling;
  /** Default: a one-word question around the text for a causal model, nothing for any other. Must hold `{text}`. */
  readonly wrapping?: string;
  /** Whether vectors are kept in and taken from `data/cache/text/`; true by default. */
  readonly cache?: boolean;
  readonly onProgress?: ProgressFn;
}

/**
 * Opens a text encoder by id: `smollm2-135m`, `smollm2-135m-cut10`, `minilm-l6`, `hash`, the name of a folder below
 * `data/cache/models/`, or any feature-extraction or causal model of the hub as `owner/name`. The weights are loaded
 * when the first text needs them.
 *
 * @throws UserError for an unknown id, a model that set-up has not made, or a hub out of reach
 * @example const [vector] = await (await openTextEncoder("minilm-l6")).encode(["open the door"]) // 384 numbers
 */
export async function openTextEncoder(id: string, options: EncoderOptions = {}): Promise<TextEncoder> {
  if (options.wrapping !== undefined && !options.wrapping.includes("{text}")) {
    throw new UserError(`Cannot wrap texts in "${options.wrapping}": a wrapping with {text} in it is required.`);
  }
  const encoder = id === "hash" ? hashEncoder() : await openModel(id, options);
  return options.cache === false || id === "hash" ? encoder : cachedEncoder(encoder);
}

/** The ids that can be opened now without the network. */
export async function encodersAtHand(): Promise<string[]> {
  const converted: string[] = [];
  for (const model of localModels) if (await isInstalled(model)) converted.push(model.id);
  const folders = await readdir(dataPath("cache", "models"), { withFileTypes: true }).catch(() => []);
  const known = new Set(localModels.map(({ id }) => id));
  const own = folders.filter((entry) => entry.isDirectory() && !known.has(entry.name) && !entry.name.endsWith(".part") && isModelFolder(entry.name)).map(({ name }) => name);
  return [...converted, ...own.sort((a, b) => a.localeCompare(b)), "hash"];
}

async function openModel(id: string, options: EncoderOptions): Promise<TextEncoder> {
  if (!id.includes("/") && !isModelFolder(id)) oneOf(id, [...localModels.map((model) => model.id), "hash"], { what: "text encoder" });
  const local = localModels.find((model) => model.id === id);
  if (local !== undefined) {
    if (!(await isInstalled(local))) throw new UserError(`Cannot open the text encoder "${id}": its converted model is required, got none of this version. Run \`npm run setup\`.`);
    return describe(id, { place: modelsPlace(), revision: modelRevision(local), options: { pooling: local.pooling, wrapping: local.wrapping, ...options } });
  }
  if (isModelFolder(id)) return describe(id, { place: modelsPlace(), revision: options.revision ?? "local", options });
  const { revision = "main", onProgress } = options;
  const place = { folder: dataPath("cache", "hub"), remote: true, revision, ...(onProgress === undefined ? {} : { onProgress }) };
  return describe(id, { place, revision, options });
}

function modelsPlace(): ModelPlace {
  return { folder: dataPath("cache", "models"), remote: false };
}

function isModelFolder(id: string): boolean {
  return existsSync(join(dataPath("cache", "models"), id, "config.json"));
}

/** Reads the model's config.json, which says all about the encoder but its weights. */
async function describe(id: string, { place, revision, options }: { place: ModelPlace; revision: string; options: EncoderOptions }): Promise<TextEncoder> {
  const explain = (error: unknown): never => {
    throw explained(error, { id, place });
  };
  const { dim, architectures } = await readModelConfig(id, place).catch(explain);
  const causal = architectures.some((name) => name.endsWith("ForCausalLM"));
  const { pooling = causal ? "last" : "mean", wrapping = causal ? oneWordWrapping : plainWrapping } = options;
  let loading: Promise<HiddenStates> | undefined;
  return {
    id,
    revision,
    dim,
    wrapping,
    pooling,
    encode: async (texts) => {
      const states = await (loading ??= loadHiddenStates(id, { ...place, dim })).catch(explain);
      const vectors: Float32Array[] = [];
      // One text at a time: in a batch the last bits of a vector would depend on its neighbours.
      for (const [i, text] of texts.entries()) {
        options.onProgress?.({ done: i, total: texts.length, label: `Reading texts with ${id}` });
        const hidden = await states.run(states.tokenize(wrapText(text, wrapping)));
        vectors.push(poolHidden(hidden, { dim, pooling }));
      }
      options.onProgress?.({ done: texts.length, total: texts.length, label: `Reading texts with ${id}` });
      return vectors;
    },
    dispose: async () => {
      const states = await loading?.catch(() => undefined);
      loading = undefined;
      await states?.dispose();
    },
  };
}

function explained(error: unknown, { id, place }: { id: string; place: ModelPlace }): Error {
  if (error instanceof UserError) return error;
  const offline = `Without the network use ${localModels.map((model) => model.id).join(", ")} or hash, or put the model's folder (config.json, tokenizer.json, tokenizer_config.json, onnx/model.onnx) below "${dataPath("cache", "models")}" and name that folder. HF_ENDPOINT names a mirror of the hub.`;
  const problem = messageOf(error);
  if (!place.remote) return new UserError(`Cannot load the text encoder "${id}" from "${join(place.folder, id)}": ${problem}`, { cause: error });
  if (/unauthorized|forbidden|could not locate|not found|404|401|403/i.test(problem)) {
    return new UserError(`Cannot load the text encoder "${id}": the hub has no such model or file, or wants HF_TOKEN (${problem}). An ONNX export is required: onnx/model.onnx in the repository.`, { cause: error });
  }
  return new UserError(`Cannot load the text encoder "${id}": the hub could not be reached (${problem}). ${offline}`, { cause: error });
}
