import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UserError } from "./errors.js";
import { mapWorkers } from "./workers.js";

let folder = "";
let url: URL;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "llmdpd-workers-"));
  const file = join(folder, "worker.mjs");
  writeFileSync(
    file,
    `import { parentPort } from "node:worker_threads";
parentPort.on("message", (job) => {
  if (job === "bad") parentPort.postMessage({ error: new Error("Cannot do it"), user: true });
  else if (job === "bug") parentPort.postMessage({ error: new Error("broken") });
  else if (job !== "never") parentPort.postMessage({ result: job * 2 });
});`,
  );
  url = pathToFileURL(file);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("results come in the order of the jobs", async () => {
  const done: number[] = [];
  expect(await mapWorkers([1, 2, 3, 4, 5], { url, threads: 2, onDone: (index) => done.push(index) })).toEqual([2, 4, 6, 8, 10]);
  expect(done.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
});

test("a user's error stays one on its way between threads, another error does not become one", async () => {
  await expect(mapWorkers(["bad"], { url })).rejects.toBeInstanceOf(UserError);
  await expect(mapWorkers(["bad"], { url })).rejects.toThrow("Cannot do it");
  await expect(mapWorkers(["bug"], { url })).rejects.not.toBeInstanceOf(UserError);
});

test("a signal stops all threads, also before the first job", async () => {
  const stop = new AbortController();
  const running = mapWorkers(["never", 1], { url, threads: 2, signal: stop.signal, onDone: () => stop.abort(new Error("enough")) });
  await expect(running).rejects.toThrow("enough");
  await expect(mapWorkers([1], { url, signal: stop.signal })).rejects.toThrow("enough");
});
