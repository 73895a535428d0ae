/** Files that save time and may be lost at any moment: results kept with their checksum, and checksums themselves. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sha256File, writeFileAtomic } from "./files.js";

const digest = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

/** What `keepFile` wrote, or undefined if it is missing or damaged. A file that is read counts as new. */
export async function readKept(path: string): Promise<Uint8Array | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  const content = bytes?.subarray(32);
  if (bytes === undefined || content === undefined || !digest(content).equals(bytes.subarray(0, 32))) return undefined;
  await utimes(path, new Date(), new Date());
  return content;
}

/** Writes a file: the SHA-256 of the content, then the content. Of its folder's files only the newest `maxFiles` stay. */
export async function keepFile(path: string, { content, maxFiles }: { content: Uint8Array; maxFiles: number }): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(path, [digest(content), content]);
  const files = await Promise.all((await readdir(folder)).map(async (name) => ({ name, age: (await stat(join(folder, name)).catch(() => ({ mtimeMs: 0 }))).mtimeMs })));
  for (const { name } of files.sort((a, b) => b.age - a.age).slice(maxFiles)) await rm(join(folder, name), { force: true });
}

/** SHA-256 of a file, remembered in the JSON file `memory` by size and time of change: hashing 270 MB takes a second. */
export async function rememberedSha256(path: string, memory: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  const known = await readFile(memory, "utf8").then((text) => JSON.parse(text) as Record<string, string>, (): Record<string, string> => ({}));
  const key = `${path} ${size} ${mtimeMs}`;
  const found = known[key];
  if (found !== undefined) return found;
  const checksum = await sha256File(path);
  // A folder that cannot be written only costs the next start a second.
  await writeFileAtomic(memory, JSON.stringify({ ...known, [key]: checksum })).catch(() => undefined);
  return checksum;
}
