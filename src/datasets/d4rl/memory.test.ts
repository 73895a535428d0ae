import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { workerUrl } from "../../util/index.js";
import type { D4rlData } from "./data.js";
import { writeD4rl } from "./write.js";

/** A file whose rows repeat, so that it is quick to write. */
function repeating(rows: number): D4rlData {
  const fill = (width: number): Float32Array => {
    const values = new Float32Array(rows * width);
    for (let i = 0; i < values.length; i++) values[i] = Math.fround(1.25 + (i % 1000) / 1000);
    return values;
  };
  return {
    robot: "walker2d", rows, observationDim: 17, actionDim: 6, observations: fill(17), actions: fill(6), rewards: fill(1), terminals: new Uint8Array(rows), timeouts: new Uint8Array(rows), nextObservations: fill(17),
    infos: { qpos: { shape: [rows, 9], data: fill(9) }, qvel: { shape: [rows, 9], data: fill(9) } }, metadata: {},
  };
}
const bytesPerRow = 4 * (17 + 6 + 1 + 17 + 9 + 9) + 2;

/** Largest memory of a process that reads the file. */
function peakOf(path: string): number {
  const code = `const { readD4rl } = await import(${JSON.stringify(workerUrl(import.meta.url, "./read.js").href)}); const { rows } = await readD4rl(process.argv[1]); console.log(rows, process.resourceUsage().maxRSS * 1024);`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code, path], { encoding: "utf8" });
  expect(stderr).toBe("");
  return Number(stdout.split(" ")[1]);
}

test("reading needs less than 1.5 times the memory of the arrays", async () => {
  const folder = mkdtempSync(join(tmpdir(), "llmdpd-memory-"));
  try {
    // The difference of two files leaves out what Node and the HDF5 library take for themselves.
    const sizes = [100_000, 500_000];
    const peaks: number[] = [];
    for (const rows of sizes) {
      const path = join(folder, `walker2d_${rows}.hdf5`);
      await writeD4rl(path, repeating(rows));
      peaks.push(peakOf(path));
    }
    const ratio = (peaks[1]! - peaks[0]!) / (bytesPerRow * (sizes[1]! - sizes[0]!));
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(1.5);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
