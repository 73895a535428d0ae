import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectRoot } from "../util/index.js";
import { python } from "./d4rl/testing.js";
import { readMinari } from "./minari.js";

const golden = join(projectRoot(), "test", "golden", "minari", "arrow", "mujoco", "hopper", "medium-v0");
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "llmdpd-arrow-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("a dataset that Minari wrote in Arrow files is the one that it wrote in HDF5", async () => {
  python("minari_files", "hdf5", folder);
  const [arrow, hdf5] = [await readMinari(golden), await readMinari(join(folder, "mujoco", "hopper", "medium-v0"))];
  expect(arrow.episodes.map(({ steps, terminations, truncations }) => [steps, terminations.at(-1), truncations.at(-1)])).toEqual([[6, 1, 0], [9, 0, 1], [1, 1, 0]]);
  expect(arrow.episodes).toEqual(hdf5.episodes);
  expect(arrow.episodes[0]?.attributes).toEqual({ id: 0, seed: 7, total_steps: 6 });
  expect(arrow.episodes[1]?.infos["qpos"]?.shape).toEqual([10, 6]);
  expect(arrow.metadata).toMatchObject({ data_format: "arrow", total_steps: 16, dataset_id: "mujoco/hopper/medium-v0" });
});

test("missing, truncated and Parquet episodes are refused by the name of the file", async () => {
  const copy = (name: string): string => {
    cpSync(golden, join(folder, name), { recursive: true });
    return join(folder, name);
  };
  rmSync(join(copy("missing"), "data", "1"), { recursive: true });
  await expect(readMinari(join(folder, "missing"))).rejects.toThrow(/3 episodes are needed as in metadata.json, got 2/);
  await expect(readMinari(join(folder, "missing"))).rejects.toThrow(/Cannot read ".*missing.data":/);
  truncateSync(join(copy("cut"), "data", "1", "part-0.arrow"), 1500);
  await expect(readMinari(join(folder, "cut"))).rejects.toThrow(/Cannot read ".*1.part-0.arrow"/);
  const parquet = copy("parquet");
  writeFileSync(join(parquet, "data", "0", "part-0.parquet"), readFileSync(join(parquet, "data", "0", "part-0.arrow")));
  rmSync(join(parquet, "data", "0", "part-0.arrow"));
  await expect(readMinari(parquet)).rejects.toThrow(/part-0.parquet": Arrow or HDF5 is needed, this is Parquet/);
});
