import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Hdf5Group, readHdf5, writeHdf5 } from "./hdf5.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "llmdpd-hdf5-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const content: Hdf5Group = {
  attributes: { text: "é ≥ 1", count: 12n, level: 0.25, "options/goal": Float64Array.of(1, 2, 3) },
  arrays: {
    doubles: { shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, Number.NaN) },
    singles: { shape: [4], data: Float32Array.of(1, 2, 3, 4) },
    bytes: { shape: [2], data: Uint8Array.of(0, 255) },
  },
  groups: { inner: { attributes: {}, arrays: { ints: { shape: [1], data: Int32Array.of(-7) } }, groups: {} } },
};

test("what is written is read, text beyond ASCII and 64-bit integers too", async () => {
  const path = join(folder, "new", "a.hdf5");
  await writeHdf5(path, content);
  expect(await readHdf5(path)).toEqual({ ...content, attributes: { ...content.attributes, count: 12 } });
  expect(readdirSync(join(folder, "new"))).toEqual(["a.hdf5"]);
});

test("a truncated, foreign, empty or missing file, or a folder, gives one clear line", async () => {
  const path = join(folder, "whole.hdf5");
  await writeHdf5(path, content);
  const bytes = readFileSync(path);
  writeFileSync(join(folder, "half.hdf5"), bytes.subarray(0, bytes.length / 2));
  writeFileSync(join(folder, "foreign.hdf5"), "step,reward\n1,2\n".repeat(1000));
  writeFileSync(join(folder, "empty.hdf5"), "");
  await expect(readHdf5(join(folder, "half.hdf5"))).rejects.toThrow(/^Cannot read ".*half.hdf5" at the header: truncated file.*generate it again\.$/);
  await expect(readHdf5(join(folder, "foreign.hdf5"))).rejects.toThrow(/foreign.hdf5" at the header: file signature not found/);
  await expect(readHdf5(join(folder, "empty.hdf5"))).rejects.toThrow(/empty.hdf5" at the header/);
  await expect(readHdf5(join(folder, "nothing.hdf5"))).rejects.toThrow(/there is no such file/);
  await expect(readHdf5(folder)).rejects.toThrow(/this is a folder/);
});

test("damage in the middle names the place", async () => {
  const path = join(folder, "damaged.hdf5");
  await writeHdf5(path, content);
  const bytes = readFileSync(path);
  const header = bytes.lastIndexOf("OHDR");
  bytes.fill(0xff, header, header + 16);
  writeFileSync(path, bytes);
  await expect(readHdf5(path)).rejects.toThrow(/Cannot read ".*damaged.hdf5" at \/.+: .*damaged or no HDF5 file/);
});

test("a write that fails leaves the old file and no part of the new one", async () => {
  const path = join(folder, "kept.hdf5");
  await writeHdf5(path, content);
  const before = readFileSync(path);
  const broken = { ...content, arrays: { wrong: { shape: [3], data: Float64Array.of(1) } } };
  await expect(writeHdf5(path, broken)).rejects.toThrow(/Cannot write ".*kept.hdf5".*previous file/);
  expect(readFileSync(path).equals(before)).toBe(true);
  mkdirSync(join(folder, "taken.hdf5"));
  await expect(writeHdf5(join(folder, "taken.hdf5"), content)).rejects.toThrow(/Cannot write/);
  expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
});
