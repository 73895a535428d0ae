import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "./errors.js";
import { sha256, sha256File, writeFileAtomic } from "./files.js";
import { formatDuration } from "./progress.js";
import { nearest, oneOf } from "./suggest.js";
import { workerUrl } from "./workers.js";

describe("oneOf", () => {
  it("returns a legal name", () => expect(oneOf("b", ["a", "b"], { what: "letter" })).toBe("b"));
  it("names the nearest match and the legal set", () => {
    expect(() => oneOf("door-opne", ["door-open", "reach"], { what: "task" })).toThrow(
      'Cannot find task "door-opne". Did you mean "door-open"? Known: door-open, reach.',
    );
  });
  it("does not guess when nothing is near", () => expect(nearest("xyzzy", ["door-open", "reach"])).toBeUndefined());
});

describe("files", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "llmdpd-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("writes whole files and leaves nothing beside them", async () => {
    await writeFileAtomic(join(folder, "deep", "a.txt"), "hello");
    expect(await readFile(join(folder, "deep", "a.txt"), "utf8")).toBe("hello");
    expect(await readdir(join(folder, "deep"))).toEqual(["a.txt"]);
  });

  it("keeps the old file when writing fails", async () => {
    await writeFile(join(folder, "file"), "old");
    await expect(writeFileAtomic(join(folder, "file", "below"), "new")).rejects.toThrow(UserError);
    expect(await readFile(join(folder, "file"), "utf8")).toBe("old");
  });

  it("joins chunks", async () => {
    await writeFileAtomic(join(folder, "chunks"), [Uint8Array.of(97), Uint8Array.of(98, 99)]);
    expect(await readFile(join(folder, "chunks"), "utf8")).toBe("abc");
    expect(await sha256File(join(folder, "chunks"))).toBe(sha256("abc"));
    // FIPS 180-2, appendix B.1
    expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});

describe("formatDuration", () => {
  it.each([
    [400, "0 s"],
    [59_000, "59 s"],
    [200_000, "3 min 20 s"],
    [3_720_000, "1 h 02 min"],
  ])("%i ms is %s", (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));
});

describe("workerUrl", () => {
  it("maps source to its compiled file", () => {
    expect(workerUrl("file:///p/src/a/b.ts", "./w.js").href).toBe("file:///p/dist/a/w.js");
    expect(workerUrl("file:///p/dist/a/b.js", "./w.js").href).toBe("file:///p/dist/a/w.js");
  });
});
