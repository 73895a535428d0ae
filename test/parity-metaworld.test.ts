import { cp, mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkParity, checkParityFolder, parityTolerance, readGolden, taskNames } from "../src/envs/index.js";

const folder = join(import.meta.dirname, "golden", "metaworld");
const fileOf = (task: string): string => join(folder, `${task}-v3.json.gz`);

describe("Meta-World against recordings of the Python package", () => {
  it("has a recording of every task", async () => {
    const files = (await readdir(folder)).filter((name) => name.endsWith(".gz"));
    expect(files.sort()).toEqual(taskNames.map((task) => `${task}-v3.json.gz`).sort());
  });

  it.each(taskNames)("%s on the native library", async (task) => {
    const row = await checkParity(await readGolden(fileOf(task)), { backend: "native" });
    expect(row.failures).toEqual([]);
    expect(row.cases).toBeGreaterThanOrEqual(1 + 2 * 25 + 60 + 20);
    expect(row.agrees.random).toBe(60);
    expect(row.largest.observation).toBeLessThanOrEqual(parityTolerance.observation);
  });

  it("holds on WebAssembly but for the cases that are known to differ", async () => {
    const few = await mkdtemp(join(tmpdir(), "llmdpd-parity-"));
    for (const task of ["drawer-open", "plate-slide", "shelf-place"]) await cp(fileOf(task), join(few, `${task}.json.gz`));
    const { files, passed } = await checkParityFolder(few, { backend: "wasm" });
    expect(passed).toBe(true);
    const excepted = files.map((file) => (file.kind === "compared" ? [file.row.task, file.row.backend, file.row.excepted] : []));
    expect(excepted).toEqual([["drawer-open", "wasm", 0], ["plate-slide", "wasm", 0], ["shelf-place", "wasm", 3]]);
  });

  it("fails for a wrong number, names unknown tasks and unreadable files", async () => {
    const some = await mkdtemp(join(tmpdir(), "llmdpd-parity-"));
    const text = gunzipSync(readFileSync(fileOf("reach"))).toString("utf8");
    const golden = JSON.parse(text) as { one_step: { after: { reward_f64: number } }[] };
    (golden.one_step[3] as { after: { reward_f64: number } }).after.reward_f64 += 1e-6;
    await writeFile(join(some, "a.json.gz"), gzipSync(JSON.stringify(golden)));
    await writeFile(join(some, "b.json.gz"), gzipSync(text.replace('"task":"reach-v3"', '"task":"juggle-v3"')));
    await writeFile(join(some, "c.json.gz"), gzipSync(text).subarray(0, 2000));
    const { files, passed } = await checkParityFolder(some, { backend: "native" });
    expect(passed).toBe(false);
    expect(files.map(({ kind }) => kind)).toEqual(["compared", "unknown task", "unreadable"]);
    const failures = files[0]?.kind === "compared" ? files[0].row.failures : [];
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(/one step from .*: reward differs by 1\.0e-6/);
  });

  it("does not pass where nothing was compared", async () => {
    const none = await mkdtemp(join(tmpdir(), "llmdpd-parity-"));
    await expect(checkParityFolder(none)).rejects.toThrow(/golden files \(\*\.json\.gz\) required/);
    const text = gunzipSync(readFileSync(fileOf("reach"))).toString("utf8");
    await writeFile(join(none, "b.json.gz"), gzipSync(text.replace('"task":"reach-v3"', '"task":"juggle-v3"')));
    expect((await checkParityFolder(none)).passed).toBe(false);
  });
});
