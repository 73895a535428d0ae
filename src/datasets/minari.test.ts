import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Hdf5Group, readHdf5, writeHdf5 } from "./hdf5.js";
import { type MinariEpisode, minariPaths, readMinari, writeMinari } from "./minari.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "llmdpd-minari-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const episode: MinariEpisode = {
  steps: 2,
  observationDim: 3,
  actionDim: 2,
  observations: Float64Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8),
  actions: Float32Array.of(0.5, -0.5, 1, -1),
  rewards: Float64Array.of(1, 2),
  terminations: Uint8Array.of(0, 0),
  truncations: Uint8Array.of(0, 1),
  attributes: { seed: 3, noise: 0.1 },
  infos: { success: { shape: [3], data: Uint8Array.of(0, 0, 1) } },
};
const box = (length: number) => ({ dtype: "float64", low: Array.from({ length }, () => -Infinity), high: Array.from({ length }, () => 1) }) as const;

async function write(name: string): Promise<string> {
  const target = join(folder, name);
  await writeMinari(target, { id: `test/${name}-v0`, spaces: { observation: box(3), action: box(2) }, episodes: [episode, episode], describe: () => ({ metadata: { author: ["somebody"] }, attributes: { stamp: "x" } }) });
  return target;
}

/** Rewrites the first episode of a dataset. */
async function alter(target: string, change: (group: Hdf5Group) => Hdf5Group): Promise<void> {
  const { hdf5 } = minariPaths(target);
  const root = await readHdf5(hdf5);
  await writeHdf5(hdf5, { ...root, groups: { ...root.groups, episode_0: change(root.groups["episode_0"] as Hdf5Group) } });
}

test("episodes, attributes and metadata come back as they were", async () => {
  const read = await readMinari(await write("whole"));
  expect(read.attributes).toEqual({ stamp: "x" });
  expect(read.metadata).toMatchObject({ total_episodes: 2, total_steps: 4, data_format: "hdf5", dataset_id: "test/whole-v0", author: ["somebody"] });
  expect(read.metadata["observation_space"]).toBe('{"type": "Box", "dtype": "float64", "shape": [3], "low": [-Infinity, -Infinity, -Infinity], "high": [1.0, 1.0, 1.0]}');
  expect(read.episodes).toHaveLength(2);
  expect(read.episodes[1]).toEqual({ ...episode, attributes: { ...episode.attributes, id: 1, total_steps: 2 } });
});

test.each<[string, (group: Hdf5Group) => Hdf5Group, RegExp]>([
  ["NaN", (g) => ({ ...g, arrays: { ...g.arrays, observations: { shape: [3, 3], data: Float64Array.of(0, 1, 2, 3, Number.NaN, 5, 6, 7, 8) } } }), /main_data.hdf5": episode_0\/observations must hold finite numbers, got NaN at \[1, 1\]/],
  ["infinity", (g) => ({ ...g, arrays: { ...g.arrays, rewards: { shape: [2], data: Float64Array.of(1, Infinity) } } }), /episode_0\/rewards must hold finite numbers, got Infinity at \[1\]/],
  ["short", (g) => ({ ...g, arrays: { ...g.arrays, observations: { shape: [2, 3], data: new Float64Array(6) } } }), /episode_0\/observations must have shape \(3, 3\), got \(2, 3\)/],
  ["flat", (g) => ({ ...g, arrays: { ...g.arrays, actions: { shape: [4], data: new Float32Array(4) } } }), /episode_0\/actions must have shape \(steps, actions\)/],
  ["integers", (g) => ({ ...g, arrays: { ...g.arrays, actions: { shape: [2, 2], data: new Int32Array(4) } } }), /episode_0\/actions must hold floating-point numbers/],
  ["odd flag", (g) => ({ ...g, arrays: { ...g.arrays, truncations: { shape: [2], data: BigInt64Array.of(0n, 7n) } } }), /episode_0\/truncations must hold booleans or 0 and 1, got 7 at \[1\]/],
  ["missing", (g) => ({ ...g, arrays: Object.fromEntries(Object.entries(g.arrays).filter(([name]) => name !== "terminations")) }), /episode_0\/terminations is needed and not there/],
])("a file with %s data is refused by the name of the field", async (name, change, message) => {
  const target = await write(name);
  await alter(target, change);
  await expect(readMinari(target)).rejects.toThrow(message);
});

test("flags of another type are read for what they say", async () => {
  const target = await write("wide-flags");
  await alter(target, (g) => ({ ...g, arrays: { ...g.arrays, truncations: { shape: [2], data: BigInt64Array.of(0n, 1n) } } }));
  expect((await readMinari(target)).episodes[0]?.truncations).toEqual(Uint8Array.of(0, 1));
});

test("a folder without data, an HDF5 file of another layout, and metadata that do not fit", async () => {
  await expect(readMinari(join(folder, "nothing"))).rejects.toThrow(/main_data.hdf5 is needed and not there/);
  const flat = await write("flat-layout");
  await writeHdf5(minariPaths(flat).hdf5, { attributes: {}, arrays: { observations: { shape: [1], data: Float32Array.of(1) } }, groups: { metadata: { attributes: {}, arrays: {}, groups: {} } } });
  await expect(readMinari(flat)).rejects.toThrow(/groups episode_0, episode_1, … are needed, got \[metadata, observations\]\. Is it a Minari dataset\?/);
  const fewer = await write("fewer");
  const { metadata } = minariPaths(fewer);
  writeFileSync(metadata, readFileSync(metadata, "utf8").replace('"total_episodes": 2', '"total_episodes": 3'));
  await expect(readMinari(fewer)).rejects.toThrow(/3 episodes are needed as in metadata.json, got 2/);
  writeFileSync(metadata, "{");
  await expect(readMinari(fewer)).rejects.toThrow(/Cannot read ".*metadata.json"/);
  writeFileSync(metadata, "[]");
  await expect(readMinari(fewer)).rejects.toThrow(/a JSON object is needed/);
});
