import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "./errors.js";
import { sha256, sha256File, writeFileAtomic } from "./files.js";
import { formatDuration, terminalProgress, timeLeft } from "./progress.js";
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

describe("timeLeft", () => {
  it("goes by the pace of the work", () => {
    const left = timeLeft();
    expect([0, 1, 2, 3].map((k) => left({ done: 10 * k, total: 100 }, 5000 * k))).toEqual([undefined, 45_000, 40_000, 35_000]);
  });
  it("soon forgets what an earlier run had done", () => {
    const left = timeLeft();
    left({ done: 0, total: 1000 }, 0);
    left({ done: 680, total: 1000 }, 1000);
    expect(left({ done: 682, total: 1000 }, 2000)).toBe(159_000);
    for (let second = 3; second < 100; second += 1) expect(left({ done: 678 + 2 * second, total: 1000 }, 1000 * second)).toBe(500 * (322 - 2 * second));
  });
  it("says nothing of work that stands still", () => {
    const left = timeLeft();
    expect([0, 1000, 2000].map((now) => left({ done: 5, total: 10 }, now))).toEqual([undefined, undefined, undefined]);
  });
});

describe("terminalProgress", () => {
  const written = (events: readonly { done: number; total: number }[]): string[] => {
    const lines: string[] = [];
    const report = terminalProgress({ isTTY: false, write: (line: string) => lines.push(line) } as unknown as NodeJS.WriteStream);
    for (const event of events) report({ ...event, label: "train", detail: "loss 0.5" });
    return lines;
  };
  it("counts, but does not say a percentage twice", () => {
    expect(written([{ done: 3, total: 12 }])).toEqual(["train 25 % (3/12) loss 0.5\n"]);
    expect(written([{ done: 12.7, total: 100 }])).toEqual(["train 12 % loss 0.5\n"]);
    expect(written([{ done: 12, total: 12 }])).toEqual(["train 100 % (12/12) loss 0.5, 0 s\n"]);
  });
});

describe("workerUrl", () => {
  it("maps source to its compiled file", () => {
    expect(workerUrl("file:///p/src/a/b.ts", "./w.js").href).toBe("file:///p/dist/a/w.js");
    expect(workerUrl("file:///p/dist/a/b.js", "./w.js").href).toBe("file:///p/dist/a/w.js");
  });
});
