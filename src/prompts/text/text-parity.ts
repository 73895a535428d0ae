import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { UserError, dataPath, messageOf } from "../../util/index.js";
import { poolHidden, wrapText, type Pooling } from "./encoder.js";
import { cosine } from "./similarity.js";
import { loadHiddenStates, readModelConfig } from "./transformers-runtime.js";

/** How near our vectors are to those of PyTorch, for one model and one pooling. */
export interface TextParityRow {
  readonly model: string;
  readonly vector: string;
  readonly texts: number;
  /** Texts whose token ids are all equal. */
  readonly tokensEqual: number;
  readonly minCosine: number;
  /** Largest difference of one number, over the largest number of that vector. */
  readonly maxRelativeError: number;
  readonly passed: boolean;
}

/** Weights are widened to float32 exactly, so that the bar is float32's. */
export const minParityCosine = 0.9999;

const numbers = z.array(z.number()).min(1);
const schema = z.object({
  note: z.object({ prompt: z.string() }),
  records: z
    .array(
      z.object({
        text: z.string(),
        smollm2: z.object({ input_ids: z.array(z.int()), last_token: numbers, mean: numbers }),
        minilm: z.object({ input_ids: z.array(z.int()), mean_normalised: numbers }),
      }),
    )
    .min(1),
});

interface Expected {
  readonly text: string;
  readonly ids: readonly number[];
  readonly vector: readonly number[];
}

/**
 * Compares token ids and vectors of the offline models with reference vectors.
 *
 * @param path a file of `text.json.gz`'s form, gzipped or not
 * @throws UserError if the file is not of that form or a model is not installed
 */
export async function textParity(path: string): Promise<TextParityRow[]> {
  const { note, records } = await readReference(path);
  const wrapping = note.prompt.replace("{}", () => "{text}");
  const smollm2 = records.map(({ text, smollm2: { input_ids: ids, ...vectors } }) => ({ text: wrapText(text, wrapping), ids, ...vectors }));
  return [
    ...(await compare("smollm2-135m", {
      "last token": { pooling: "last", cases: smollm2.map(({ last_token, ...rest }) => ({ ...rest, vector: last_token })) },
      mean: { pooling: "mean", cases: smollm2.map(({ mean, ...rest }) => ({ ...rest, vector: unitLength(mean) })) },
    })),
    ...(await compare("minilm-l6", {
      mean: { pooling: "mean", cases: records.map(({ text, minilm }) => ({ text, ids: minilm.input_ids, vector: minilm.mean_normalised })) },
    })),
  ];
}

async function compare(id: string, vectors: Record<string, { pooling: Pooling; cases: readonly Expected[] }>): Promise<TextParityRow[]> {
  const place = { folder: dataPath("cache", "models"), remote: false };
  const load = async () => {
    const { dim } = await readModelConfig(id, place);
    return { dim, states: await loadHiddenStates(id, { ...place, dim }) };
  };
  const { dim, states } = await load().catch((error: unknown) => {
    throw new UserError(`Cannot load the text encoder "${id}": ${messageOf(error)}. Run \`npm run setup\`.`, { cause: error });
  });
  const hidden = new Map<string, { ids: readonly number[]; states: Float32Array }>();
  const rows: TextParityRow[] = [];
  for (const [name, { pooling, cases }] of Object.entries(vectors)) {
    let tokensEqual = 0;
    let minCosine = 1;
    let maxRelativeError = 0;
    for (const { text, ids: expectedIds, vector: expected } of cases) {
      const known = hidden.get(text) ?? { ids: states.tokenize(text), states: await states.run(states.tokenize(text)) };
      hidden.set(text, known);
      if (known.ids.length === expectedIds.length && known.ids.every((token, i) => token === expectedIds[i])) tokensEqual++;
      if (expected.length !== dim) throw new UserError(`Cannot compare with "${id}": vectors of ${dim} numbers are required, got ${expected.length}.`);
      const ours = poolHidden(known.states, { dim, pooling });
      minCosine = Math.min(minCosine, cosine(ours, expected));
      maxRelativeError = Math.max(maxRelativeError, relativeError(ours, expected));
    }
    rows.push({ model: id, vector: name, texts: cases.length, tokensEqual, minCosine, maxRelativeError, passed: tokensEqual === cases.length && minCosine >= minParityCosine });
  }
  await states.dispose();
  return rows;
}

function relativeError(ours: Float32Array, expected: readonly number[]): number {
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return ours.reduce((max, value, i) => Math.max(max, Math.abs(value - (expected[i] as number))), 0) / largest;
}

/** Our means have length 1; a reference may not. */
function unitLength(values: readonly number[]): number[] {
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
}

async function readReference(path: string): Promise<z.infer<typeof schema>> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UserError(`Cannot read "${path}": ${messageOf(error)}.`, { cause: error });
  });
  try {
    const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString("utf8");
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new UserError(`Cannot read "${path}" as reference vectors of texts: ${problem}`, { cause: error });
  }
}
