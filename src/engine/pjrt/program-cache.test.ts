import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { compileStep } from "../compile.js";
import type { Tensor } from "../tensor.js";
import { normal } from "../testing.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "programs-"));
  // A data folder of its own has no plug-in, so the plug-in is named.
  const { assetFolder } = await import("../../util/index.js");
  vi.stubEnv("LLMDPD_XLA_PLUGIN", process.env["LLMDPD_XLA_PLUGIN"] ?? join(assetFolder("xla-cpu"), "libpjrt_cpu.so"));
  vi.stubEnv("LLMDPD_DATA", folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Enough operations to be worth keeping. */
async function result(): Promise<number[]> {
  const update = (state: Tensor, batch: Tensor): { state: Tensor; metrics: { mean: Tensor } } => {
    let x = state;
    for (let i = 0; i < 120; i++) x = x.mul(1 + i / 1000).add(batch).tanh();
    return { state: x, metrics: { mean: x.mean() } };
  };
  const step = await compileStep(update, { state: normal([4], 1), batch: normal([4], 2) }, { device: "xla" });
  const metrics = await step.run([normal([4], 3), normal([4], 4)]);
  const state = await step.readState();
  step.dispose();
  return [...metrics.map(({ mean }) => mean as number), ...state.data];
}

test("a program is kept, loaded again with the same results, and compiled anew when its file is damaged", async () => {
  const compiled = await result();
  const programs = join(folder, "cache", "xla-programs");
  const [name] = await readdir(programs);
  const path = join(programs, name as string);
  const bytes = await readFile(path);
  expect(await result()).toEqual(compiled);
  bytes[bytes.length - 10] = (bytes[bytes.length - 10] as number) ^ 255;
  await writeFile(path, bytes);
  expect(await result()).toEqual(compiled);
  expect((await readFile(path)).equals(bytes)).toBe(false);
  expect(await readdir(programs)).toHaveLength(1);
});
