import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256 } from "./files.js";
import { keepFile, readKept, rememberedSha256 } from "./kept-files.js";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "kept-"))));
afterEach(async () => rm(folder, { recursive: true }));

test("a kept file is read whole or not at all", async () => {
  const path = join(folder, "below", "a.bin");
  expect(await readKept(path)).toBeUndefined();
  await keepFile(path, { content: Uint8Array.of(1, 2, 3), maxFiles: 4 });
  expect([...((await readKept(path)) ?? [])]).toEqual([1, 2, 3]);
  await writeFile(path, (await readFile(path)).fill(9, 34));
  expect(await readKept(path)).toBeUndefined();
});

test("the oldest files go", async () => {
  for (const [i, name] of ["a", "b", "c"].entries()) {
    await keepFile(join(folder, name), { content: Uint8Array.of(i), maxFiles: 2 });
    await utimes(join(folder, name), i + 1, i + 1);
  }
  expect((await readdir(folder)).toSorted()).toEqual(["b", "c"]);
});

test("a checksum is remembered until the file changes", async () => {
  const [path, memory] = [join(folder, "file"), join(folder, "memory.json")];
  await writeFile(path, "one");
  await utimes(path, 1, 1);
  expect(await rememberedSha256(path, memory)).toBe(sha256("one"));
  await writeFile(path, "two");
  await utimes(path, 1, 1);
  expect(await rememberedSha256(path, memory)).toBe(sha256("one"));
  await utimes(path, 2, 2);
  expect(await rememberedSha256(path, memory)).toBe(sha256("two"));
});
