import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { ProgressEvent } from "../util/index.js";
import { launch } from "./launcher.js";

const folder = mkdtempSync(join(tmpdir(), "llmdpd-launcher-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("counts what an earlier launch has done from the start, and keeps what a command prints", { timeout: 30_000 }, async () => {
  const events: ProgressEvent[] = [];
  const jobs = [
    { name: "half", args: ["--help"], weight: 10, done: 0.5, log: join(folder, "half.log") },
    { name: "failing", args: ["no-such-command"], weight: 20, log: join(folder, "failing.log") },
    { name: "waiting", args: ["--help"], weight: 10, after: ["failing"], log: join(folder, "waiting.log") },
  ];
  const results = await launch(jobs, { parallel: 1, onProgress: (event) => events.push(event) });
  expect(events[0]).toEqual({ done: 5, total: 40, label: "runs" });
  expect(results.map(({ name, state }) => [name, state])).toEqual([["half", "done"], ["failing", "failed"], ["waiting", "skipped"]]);
  expect(results[1]?.message).toContain("no-such-command");
  expect(readFileSync(join(folder, "half.log"), "utf8")).toContain("Usage: llmdpd");
});
