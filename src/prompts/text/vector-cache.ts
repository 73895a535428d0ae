import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readSafetensors, writeSafetensors } from "../../formats/index.js";
import { UserError, dataPath, messageOf, sha256 } from "../../util/index.js";
import type { TextEncoder } from "./encoder.js";

/**
 * Raw text vectors on disk, one safetensors file a text, named by everything that decides the numbers: encoder,
 * revision, wrapping, pooling, text. An entry that is damaged or not what it claims to be is made again.
 */

/** The same encoder, asking its model only for texts that are not in `data/cache/text/`; equal texts are encoded once. */
export function cachedEncoder(encoder: TextEncoder, { folder = dataPath("cache", "text") }: { folder?: string } = {}): TextEncoder {
  const { id, revision, dim, wrapping, pooling } = encoder;
  const place = (text: string): string =>
    join(folder, id.replaceAll("/", "--"), `${sha256(JSON.stringify([id, revision, wrapping, pooling, text]))}.safetensors`);
  return {
    id,
    revision,
    dim,
    wrapping,
    pooling,
    dispose: () => encoder.dispose(),
    encode: async (texts) => {
      const known = new Map<string, Float32Array>();
      const missing: string[] = [];
      for (const text of new Set(texts)) {
        const vector = await readEntry(place(text), { text, dim });
        if (vector === undefined) missing.push(text);
        else known.set(text, vector);
      }
      const made = missing.length > 0 ? await encoder.encode(missing) : [];
      for (const [i, text] of missing.entries()) {
        const vector = made[i] as Float32Array;
        await writeEntry(place(text), { text, vector, encoder });
        known.set(text, vector);
      }
      return texts.map((text) => Float32Array.from(known.get(text) as Float32Array));
    },
  };
}

async function readEntry(path: string, { text, dim }: { text: string; dim: number }): Promise<Float32Array | undefined> {
  try {
    const { tensors, metadata } = readSafetensors(await readFile(path), { name: path });
    const vector = tensors.get("vector")?.data;
    if (!(vector instanceof Float32Array) || vector.length !== dim || metadata["text"] !== text) return undefined;
    return metadata["sha256"] === checksum(vector) ? vector : undefined;
  } catch {
    return undefined;
  }
}

async function writeEntry(path: string, { text, vector, encoder }: { text: string; vector: Float32Array; encoder: TextEncoder }): Promise<void> {
  const { id, revision, wrapping, pooling } = encoder;
  const metadata = { encoder: id, revision, wrapping, pooling, text, sha256: checksum(vector) };
  const bytes = writeSafetensors(new Map([["vector", { dtype: "F32", shape: [vector.length], data: vector }]]), { metadata });
  // Renamed into place but not flushed to disk: the checksum finds what a power cut leaves behind.
  const part = `${path}.${process.pid}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(part, bytes);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw new UserError(`Cannot write "${path}": ${messageOf(error)}.`, { cause: error });
  }
}

function checksum(vector: Float32Array): string {
  return sha256(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
}
