import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError, messageOf } from "./errors.js";

/**
 * Writes a file whole or not at all: into a neighbour first, flushed to disk, then renamed over the old one.
 *
 * @throws UserError if the disk is full or the folder cannot be written; the old file stands
 */
export async function writeFileAtomic(path: string, content: string | Uint8Array | readonly Uint8Array[]): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(part, "w");
    try {
      const chunks = Array.isArray(content) ? (content as readonly Uint8Array[]) : [content as string | Uint8Array];
      for (const chunk of chunks) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw new UserError(`Cannot write "${path}": ${messageOf(error)}. The previous file, if any, is untouched.`, { cause: error });
  }
}

/** SHA-256 of some bytes, in hexadecimal. */
export function sha256(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** SHA-256 of a file, in hexadecimal, read as a stream. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
