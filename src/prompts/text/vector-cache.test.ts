import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TextEncoder } from "./encoder.js";
import { hashEncoder } from "./hash-encoder.js";
import { cachedEncoder } from "./vector-cache.js";

let folder = "";
let asked: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "llmdpd-"));
  asked = [];
});
afterEach(() => rm(folder, { recursive: true }));

const open = (changes: Partial<TextEncoder> = {}): TextEncoder => {
  const hash = hashEncoder({ dim: 8 });
  const encode = (texts: readonly string[]): Promise<Float32Array[]> => {
    asked.push(...texts);
    return hash.encode(texts);
  };
  return cachedEncoder({ ...hash, encode, ...changes }, { folder });
};
const files = async (): Promise<string[]> => (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".safetensors")).map((name) => join(folder, name));

describe("cachedEncoder", () => {
  it("asks the model once for a text, and gives the same numbers from disk", async () => {
    const first = await open().encode(["push", "pull", "push"]);
    const second = await open().encode(["pull", "push", "lift"]);
    expect(asked).toEqual(["push", "pull", "lift"]);
    expect(second.slice(0, 2)).toEqual([first[1], first[0]]);
    expect(first[2]).toEqual(first[0]);
    expect(await files()).toHaveLength(3);
  });

  it.each([{ id: "other" }, { revision: "2" }, { wrapping: 'say "{text}"' }, { pooling: "mean" as const }])("keeps vectors apart by %o", async (change) => {
    await open().encode(["push"]);
    await open(change).encode(["push"]);
    expect(asked).toEqual(["push", "push"]);
  });

  it.each([
    ["was cut off", (bytes: Buffer) => bytes.subarray(0, bytes.length - 3)],
    ["has a flipped bit", (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.of((bytes.at(-1) ?? 0) ^ 1)])],
    ["is empty", () => Buffer.alloc(0)],
    ["holds another text", (bytes: Buffer) => Buffer.from(bytes.toString("latin1").replace("push", "pull"), "latin1")],
  ])("makes an entry again that %s", async (_, damage) => {
    const [made] = await open().encode(["push"]);
    const [file] = (await files()) as [string];
    await writeFile(file, damage(await readFile(file)));
    expect((await open().encode(["push"]))[0]).toEqual(made);
    expect(asked).toEqual(["push", "push"]);
    await open().encode(["push"]);
    expect(asked).toHaveLength(2);
  });

  it("gives copies, so that a caller cannot spoil what others get", async () => {
    const encoder = open();
    const [a, b] = (await encoder.encode(["push", "push"])) as [Float32Array, Float32Array];
    a.fill(0);
    expect(b.some((value) => value !== 0)).toBe(true);
  });
});
