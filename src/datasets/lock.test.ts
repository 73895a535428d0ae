import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { takeLock } from "./lock.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "llmdpd-lock-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("one holder at a time; given back, it can be taken again", async () => {
  const path = join(folder, "a.lock");
  const attempts = await Promise.allSettled(Array.from({ length: 5 }, () => takeLock(path, { what: "the data" })));
  const taken = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []));
  expect(taken).toHaveLength(1);
  await expect(takeLock(path, { what: "the data" })).rejects.toThrow(/^Cannot write the data: this process has been writing it since \d{4}-.*delete .*a\.lock\.$/);
  await taken[0]?.();
  expect(existsSync(path)).toBe(false);
  await (await takeLock(path, { what: "the data" }))();
  expect(readdirSync(folder)).toEqual([]);
});

test("the lock of a process that is gone, or one that cannot be read, is taken over; that of another machine is not", async () => {
  const path = join(folder, "b.lock");
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  for (const text of [JSON.stringify({ pid: gone, host: hostname(), since: "yesterday" }), "{", ""]) {
    writeFileSync(path, text);
    const release = await takeLock(path, { what: "the data" });
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
    await release();
  }
  writeFileSync(path, JSON.stringify({ pid: 1, host: "elsewhere", since: "2026-01-01" }));
  await expect(takeLock(path, { what: "the data" })).rejects.toThrow(/process 1 on "elsewhere" has been writing it since 2026-01-01\. If that one is gone, delete/);
  expect(readdirSync(folder)).toEqual(["b.lock"]);
});
