import type { Gguf, GgufValue } from "../../../formats/index.js";
import { UserError } from "../../../util/index.js";

/** Token kinds of a GGUF vocabulary that are matched as they stand, before any splitting. */
const controlToken = 3;
const userToken = 4;

/**
 * tokenizer.json and tokenizer_config.json, as Hugging Face's tokenizers read them, from the vocabulary and merges of
 * a GGUF file with SmolLM's byte-level BPE: each digit alone, then GPT-2's split into words, then bytes.
 *
 * @throws UserError for another kind of tokenizer
 */
export function byteLevelTokenizer({ metadata }: Gguf, { maxTokens }: { maxTokens: number }): { tokenizer: object; config: object } {
  const model = metadata.get("tokenizer.ggml.model");
  const split = metadata.get("tokenizer.ggml.pre");
  if (model !== "gpt2" || split !== "smollm") {
    throw new UserError(`Cannot convert a GGUF tokenizer "${String(model)}" / "${String(split)}": "gpt2" / "smollm" is required.`);
  }
  const tokens = texts(metadata.get("tokenizer.ggml.tokens"), "tokens");
  const merges = texts(metadata.get("tokenizer.ggml.merges"), "merges");
  const kinds = metadata.get("tokenizer.ggml.token_type") as readonly number[];
  const added = tokens
    .map((content, id) => ({ id, content, kind: kinds[id] }))
    .filter(({ kind }) => kind === controlToken || kind === userToken)
    .map(({ id, content, kind }) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: kind === controlToken }));
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  const tokenizer = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Digits", individual_digits: true }, byteLevel] },
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: merges.map((merge) => merge.split(" ")),
    },
  };
  const special = (key: string): string | undefined => tokens[Number(metadata.get(`tokenizer.ggml.${key}_token_id`))];
  const config = {
    tokenizer_class: "GPT2Tokenizer",
    add_prefix_space: false,
    clean_up_tokenization_spaces: false,
    model_max_length: maxTokens,
    padding_side: "left",
    bos_token: special("bos"),
    eos_token: special("eos"),
    pad_token: special("padding"),
    unk_token: special("unknown"),
  };
  return { tokenizer, config };
}

function texts(value: GgufValue | undefined, key: string): readonly string[] {
  if (!Array.isArray(value) || value.some((item) => typeof item !== "string")) throw new UserError(`Cannot convert the GGUF tokenizer: "tokenizer.ggml.${key}" must be a list of texts.`);
  return value as readonly string[];
}
