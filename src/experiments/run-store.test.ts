import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.js";
import { appendMetrics, lockRun, moveAside, openRun, readMetrics, readStatus, truncateMetrics, writeStatus } from "./run-store.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "llmdpd-run-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a run's folder", () => {
  it("is opened again with the same configuration and refused with another", async () => {
    await openRun(folder, { config: { seed: 1, train: { updates: 5 } } });
    await openRun(folder, { config: { seed: 1, train: { updates: 5 } } });
    await expect(openRun(folder, { config: { seed: 1, train: { updates: 6 } } })).rejects.toThrow(/train\.updates/);
    expect(JSON.parse(readFileSync(join(folder, "config.json"), "utf8"))).toEqual({ seed: 1, train: { updates: 5 } });
    await openRun(folder, { config: { seed: 2 }, ifChanged: "move-aside" });
    expect(JSON.parse(readFileSync(join(folder, "config.json"), "utf8"))).toEqual({ seed: 2 });
    expect(JSON.parse(readFileSync(join(`${folder}.old-1`, "config.json"), "utf8"))).toEqual({ seed: 1, train: { updates: 5 } });
    rmSync(`${folder}.old-1`, { recursive: true });
  });

  it("may be given more updates where the learning rate does not look at their number, and never fewer", async () => {
    const config = (updates: number, learningRateSchedule: string): object => ({ train: { updates, metricsEvery: 3 }, algorithm: { learningRateSchedule } });
    await openRun(folder, { config: config(6, "constant") });
    await openRun(folder, { config: config(9, "constant") });
    expect(JSON.parse(readFileSync(join(folder, "config.json"), "utf8"))).toEqual(config(9, "constant"));
    await expect(openRun(folder, { config: config(8, "constant") })).rejects.toThrow(/train\.updates/);
    await expect(openRun(folder, { config: config(20, "cosine") })).rejects.toThrow(/train\.updates, algorithm\.learningRateSchedule/);
    // A run that ended between two lines of metrics has a line that a longer one has not.
    await openRun(folder, { config: config(10, "constant") });
    await expect(openRun(folder, { config: config(12, "constant") })).rejects.toThrow(/train\.updates/);
  });

  it("keeps its status and moves aside without loss", async () => {
    expect(readStatus(folder).state).toBe("new");
    await writeStatus(folder, { state: "trained", step: 3, updates: 3, trainSeconds: 1 });
    const moved = await moveAside(folder);
    expect(existsSync(folder)).toBe(false);
    expect(readStatus(moved as string).step).toBe(3);
    rmSync(moved as string, { recursive: true });
  });

  it("drops metrics after the checkpoint and a last line that was cut off", async () => {
    await appendMetrics(folder, [{ step: 10, loss: 1 }, { step: 20, loss: 0.5 }]);
    await appendMetrics(folder, [{ step: 30, loss: 0.25 }]);
    appendFileSync(join(folder, "metrics.jsonl"), '{"step":40,"lo');
    expect(readMetrics(folder).map((line) => line.step)).toEqual([10, 20, 30]);
    await truncateMetrics(folder, { step: 20 });
    expect(readFileSync(join(folder, "metrics.jsonl"), "utf8")).toBe('{"step":10,"loss":1}\n{"step":20,"loss":0.5}\n');
  });

  it("belongs to one living process at a time", async () => {
    writeFileSync(join(folder, "lock"), "1");
    await expect(lockRun(folder)).rejects.toThrow(/process 1 is working on it/);
    // A process that has ended holds nothing.
    writeFileSync(join(folder, "lock"), String(spawnSync(process.execPath, ["-e", ""]).pid));
    const unlock = await lockRun(folder);
    await expect(lockRun(folder)).rejects.toThrow(/this process is working on it already/);
    expect(readFileSync(join(folder, "lock"), "utf8")).toBe(String(process.pid));
    await unlock();
    expect(existsSync(join(folder, "lock"))).toBe(false);
  });
});

describe("checkpoints", () => {
  const tensors = (value: number): Map<string, { shape: number[]; dtype: "float32"; data: Float32Array } | { shape: number[]; dtype: "int32"; data: Int32Array }> =>
    new Map([
      ["actor/w", { shape: [2, 2], dtype: "float32" as const, data: new Float32Array([value, NaN, -0, 1e-40]) }],
      ["step", { shape: [], dtype: "int32" as const, data: new Int32Array([7]) }],
    ]);

  it("come back bit by bit, with the newest two kept", async () => {
    for (const step of [10, 20, 30]) await writeCheckpoint(folder, { step, tensors: tensors(step), extra: { mean: [1] } });
    const checkpoint = await readCheckpoint(folder);
    expect(checkpoint?.step).toBe(30);
    expect(checkpoint?.extra).toEqual({ mean: [1] });
    expect(Buffer.from(checkpoint?.tensors.get("actor/w")?.data.buffer as ArrayBuffer).includes(Buffer.from(new Float32Array([30, NaN, -0, 1e-40]).buffer))).toBe(true);
    expect(checkpoint?.tensors.get("step")).toMatchObject({ shape: [], dtype: "int32" });
    expect(existsSync(join(folder, "step-00000010.safetensors"))).toBe(false);
    expect(existsSync(join(folder, "step-00000020.safetensors"))).toBe(true);
  });

  it("are passed over when damaged or half written", async () => {
    await writeCheckpoint(folder, { step: 10, tensors: tensors(1), extra: {} });
    await writeCheckpoint(folder, { step: 20, tensors: tensors(2), extra: {} });
    truncateSync(join(folder, "step-00000020.safetensors"), 40);
    expect((await readCheckpoint(folder))?.step).toBe(10);
    rmSync(join(folder, "step-00000010.json"));
    await expect(readCheckpoint(folder)).rejects.toThrow("required one that is whole, got step-00000020 damaged");
    rmSync(join(folder, "step-00000020.json"));
    expect(await readCheckpoint(folder)).toBeUndefined();
  });

  it("stand when the next one cannot be written", async () => {
    await writeCheckpoint(folder, { step: 10, tensors: tensors(1), extra: {} });
    // A folder in the way of the file, as an unwritable place that also stops the superuser.
    writeFileSync(join(folder, "blocked"), "");
    await expect(writeCheckpoint(join(folder, "blocked"), { step: 20, tensors: tensors(2), extra: {} })).rejects.toThrow(/Cannot write/);
    expect((await readCheckpoint(folder))?.step).toBe(10);
  });
});
