/** What is told about data sets: lists, checks, samples, exports. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectRoot, sha256 } from "../util/index.js";
import { listDatasets } from "./catalog.js";
import { columns } from "./columns.js";
import { type Dataset, readDataset } from "./dataset.js";
import { describeDataset } from "./describe.js";
import { type Hdf5Group, readHdf5, writeHdf5 } from "./hdf5.js";
import { generateMetaworld } from "./metaworld/generate.js";
import { minariPaths } from "./minari.js";
import { exportParquet } from "./parquet.js";
import { sampleDataset } from "./sample.js";
import { summarize } from "./summary.js";
import { verifyDataset } from "./verify.js";

let root = "";
let mixed = "";
let data: Dataset;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "llmdpd-reports-"));
  mixed = join(root, "metaworld", "mixed");
  await generateMetaworld({ tasks: ["drawer-close", "reach"], episodes: 20, seed: 1, preset: "mixed", maxSteps: 60, out: mixed });
  data = await readDataset(mixed);
});
afterAll(() => rmSync(root, { recursive: true }));

test("list: counts, sizes and success from the metadata alone, unfinished ones marked", () => {
  mkdirSync(join(root, "metaworld", "begun.part", "shards"), { recursive: true });
  const [begun, whole] = listDatasets(root);
  expect(begun).toMatchObject({ name: "begun.part", tasks: [], unfinished: true });
  const rows = summarize(data);
  expect(whole).toMatchObject({ name: "mixed", path: mixed, unfinished: false });
  expect(whole?.tasks).toMatchObject(rows.map(({ task, episodes, steps, successes }) => ({ id: `metaworld/mixed/${task}-v0`, task, episodes, steps, successes, preset: "mixed" })));
  expect(whole?.tasks[0]?.bytes).toBeGreaterThan(10_000);
  rmSync(join(root, "metaworld", "begun.part"), { recursive: true });
  mkdirSync(join(root, "d4rl"));
  writeFileSync(join(root, "d4rl", "hopper_medium-v2.hdf5"), "");
  expect(listDatasets(root).map(({ name }) => name)).toEqual(["mixed"]);
  writeFileSync(join(root, "d4rl", "hopper_medium-v2.hdf5.json"), JSON.stringify({ id: "hopper-medium-v2", robot: "hopper", bytes: 5, summary: { rows: 10, episodes: 2 } }));
  expect(listDatasets(root)[0]).toMatchObject({ name: "hopper-medium-v2", tasks: [{ id: "hopper-medium-v2", task: "hopper", episodes: 2, steps: 10, bytes: 5 }] });
  expect(listDatasets(join(root, "nothing"))).toEqual([]);
});

test("describe: the behaviours of the mixture with their distributions", async () => {
  const { tasks, all } = await describeDataset(mixed);
  expect(tasks).toEqual(summarize(data));
  expect(all.behaviours.map(({ behaviour, noise, episodes }) => [behaviour, noise, episodes])).toEqual([["expert", 0, 12], ["noisy", 0.3, 8], ["noisy", 1, 8], ["wrong-goal", 0, 6], ["random", 0, 6]]);
  const random = all.behaviours.at(-1);
  expect(random?.lengths).toEqual({ mean: 60, min: 60, q1: 60, median: 60, q3: 60, max: 60 });
  const returns = [...data.tasks.values()].flat().filter(({ behaviour }) => behaviour === "random").map(({ rewards }) => rewards.reduce((sum, value) => sum + value, 0));
  expect(random?.returns.min).toBe(Math.min(...returns));
  expect(random?.returns.median).toBeCloseTo(returns.toSorted((a, b) => a - b).slice(2, 4).reduce((sum, value) => sum + value / 2, 0), 10);
});

describe("verify", () => {
  const problemsAfter = async (change: (group: Hdf5Group) => Hdf5Group): Promise<readonly string[]> => {
    const copy = join(root, "altered");
    cpSync(join(mixed, "reach-v0"), join(copy, "reach-v0"), { recursive: true });
    const { hdf5 } = minariPaths(join(copy, "reach-v0"));
    const content = await readHdf5(hdf5);
    await writeHdf5(hdf5, { ...content, groups: { ...content.groups, episode_3: change(content.groups["episode_3"] as Hdf5Group) } });
    const [verdict] = await verifyDataset(copy);
    rmSync(copy, { recursive: true });
    return verdict?.problems ?? [];
  };
  const altered = (name: string, at: number, value: number) => (group: Hdf5Group): Hdf5Group => {
    group.arrays[name]?.data.fill(value as never, at, at + 1);
    return group;
  };

  test("a data set as it was written is sound", async () => {
    const verdicts = await verifyDataset(mixed);
    expect(verdicts.map(({ task, episodes, problems }) => [task, episodes, problems])).toEqual([["drawer-close", 20, []], ["reach", 20, []]]);
  });

  test.each<[string, (group: Hdf5Group) => Hdf5Group, RegExp]>([
    ["NaN", altered("observations", 5, Number.NaN), /episode_3\/observations must hold finite numbers, got NaN at \[0, 5\]/],
    ["a wild action", altered("actions", 9, 1.5), /episode_3: action 2 holds 1.5, outside \[−1, 1\]/],
    ["a wild reward", altered("rewards", 4, -3), /episode_3: reward 4 is -3, outside \[0, 10\]/],
    ["a terminal step", altered("terminations", 4, 1), /episode_3: a step is marked as terminal/],
    ["an early end", altered("truncations", 4, 1), /episode_3: the last step, and no other, must be marked as truncated/],
    ["a reward a little off", altered("rewards", 4, 0.123), /^checksum is [0-9a-f]{64}, must be [0-9a-f]{64}: the numbers were altered/],
    ["another seed", (group) => ({ ...group, attributes: { ...group.attributes, id: 3n, total_steps: 60n, seed: 9n } }), /episode_3: seed 9, the data set's is 1/],
    ["a foreign noise", (group) => ({ ...group, attributes: { ...group.attributes, noise: 0.7 } }), /episode_3: behaviour .* with noise 0.7 is not of the data set's mixture/],
    ["a foreign behaviour", (group) => ({ ...group, attributes: { ...group.attributes, behaviour: "lazy" } }), /episode_3\/behaviour must be one of expert, noisy, wrong-goal, random/],
    ["a missing array", (group) => ({ ...group, arrays: Object.fromEntries(Object.entries(group.arrays).filter(([name]) => name !== "actions")) }), /episode_3\/actions is needed and not there/],
  ])("%s is found", async (_, change, message) => {
    const problems = await problemsAfter(change);
    expect(problems).toContainEqual(expect.stringMatching(message));
  });

  test("a truncated file and one of another program are told apart, without exceptions", async () => {
    const copy = join(root, "broken");
    cpSync(mixed, copy, { recursive: true });
    truncateSync(minariPaths(join(copy, "reach-v0")).hdf5, 4000);
    const { hdf5 } = minariPaths(join(copy, "drawer-close-v0"));
    await writeHdf5(hdf5, { ...(await readHdf5(hdf5)), attributes: {} });
    const [drawer, reach] = await verifyDataset(copy);
    expect(drawer?.problems).toEqual(['no provenance: the attribute "llmdpd" is not there, another program made this']);
    expect(reach?.problems).toEqual([expect.stringMatching(/main_data.hdf5" at the header: truncated file/)]);
  });
});

test("verify: an imported file is compared with the checksum noted at import", async () => {
  const folder = join(root, "raw", "d4rl");
  mkdirSync(folder, { recursive: true });
  const before = process.env["LLMDPD_DATA"];
  process.env["LLMDPD_DATA"] = root;
  try {
    const file = join(folder, "mine.hdf5");
    writeFileSync(file, "numbers");
    writeFileSync(`${file}.json`, JSON.stringify({ id: "mine", robot: "hopper", format: "d4rl", bytes: 7, sha256: sha256("numbers"), summary: { rows: 9, episodes: 1 } }));
    expect(await verifyDataset("mine")).toEqual([{ task: "hopper", file, episodes: 1, steps: 9, problems: [] }]);
    writeFileSync(file, "other");
    expect((await verifyDataset("mine"))[0]?.problems).toEqual([expect.stringMatching(/^checksum is .*altered since it was imported$/)]);
    rmSync(file);
    expect((await verifyDataset("mine"))[0]?.problems).toEqual(["the file is not there any more"]);
  } finally {
    if (before === undefined) delete process.env["LLMDPD_DATA"];
    else process.env["LLMDPD_DATA"] = before;
  }
});

describe("sample", () => {
  test("transitions are drawn by the seed; an episode comes whole", async () => {
    const three = await sampleDataset(mixed, { count: 3, seed: 2 });
    expect(three).toHaveLength(3);
    expect(await sampleDataset(mixed, { count: 3, seed: 2 })).toEqual(three);
    expect(await sampleDataset(mixed, { count: 3, seed: 3 })).not.toEqual(three);
    for (const row of three) {
      const episode = data.tasks.get(row["task"] as string)?.[row["episode"] as number];
      expect(row["reward"]).toBe(episode?.rewards[row["step"] as number]);
      expect(row["goal_y"]).toBe(episode?.observations[39 * (row["step"] as number) + 37]);
    }
    const rows = await sampleDataset(mixed, { task: "reach", episode: 2 });
    const episode = data.tasks.get("reach")?.[2];
    expect(rows).toHaveLength((episode?.steps ?? 0) + 1);
    expect(rows.at(-1)).toMatchObject({ step: episode?.steps, reward: null, action_x: null, truncated: null });
    expect(rows.at(-2)).toMatchObject({ truncated: true, action_grip: episode?.actions.at(-1) });
  });

  test("unknown tasks and episodes", async () => {
    await expect(sampleDataset(mixed, { task: "rech" })).rejects.toThrow(/Cannot find task "rech"\. Did you mean "reach"\? Known: drawer-close, reach/);
    await expect(sampleDataset(mixed, { task: "reach", episode: 20 })).rejects.toThrow(/Cannot show episode 20 of "reach": it has 20, 0 to 19/);
  });
});

describe("Parquet", () => {
  test("Python reads every number and the documentation of every column", async () => {
    const file = join(root, "mixed.parquet");
    const { rows, episodes } = await exportParquet(mixed, file);
    const all = [...data.tasks.values()].flat();
    expect([rows, episodes]).toEqual([all.reduce((sum, { steps }) => sum + steps + 1, 0), 40]);
    const script = `
import duckdb, json, sys
path = sys.argv[1]
rows = duckdb.sql(f"select * from '{path}'")
meta = {bytes(key).decode(): bytes(value).decode() for _, key, value in duckdb.sql(f"select * from parquet_kv_metadata('{path}')").fetchall()}
print(json.dumps({"columns": rows.columns, "types": [str(each) for each in rows.types], "rows": rows.fetchall(), "about": json.loads(meta["columns"]), "stamps": json.loads(meta["llmdpd"])}))`;
    const python = join(projectRoot(), ".venv", process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
    const { status, stdout, stderr } = spawnSync(python, ["-c", script, file], { encoding: "utf8", maxBuffer: 1 << 28 });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const seen = JSON.parse(stdout) as { columns: string[]; types: string[]; rows: unknown[][]; about: Record<string, string>; stamps: unknown[] };
    const types = { string: "VARCHAR", int32: "INTEGER", float32: "FLOAT", float64: "DOUBLE", boolean: "BOOLEAN" };
    expect(seen.columns).toEqual(columns.map(({ name }) => name));
    expect(seen.types).toEqual(columns.map(({ type }) => types[type]));
    expect(seen.about).toEqual(Object.fromEntries(columns.map(({ name, about }) => [name, about])));
    expect(seen.stamps).toEqual([...data.stamps.values()]);
    const wanted = all.flatMap((episode) => Array.from({ length: episode.steps + 1 }, (_, row) => columns.map(({ value, type }) => (type === "float32" && value(episode, row) !== null ? Math.fround(value(episode, row) as number) : value(episode, row)))));
    expect(seen.rows).toEqual(wanted);
  });

  test("a data set that is damaged leaves no file, and what was there stands", async () => {
    const copy = join(root, "cut");
    cpSync(mixed, copy, { recursive: true });
    truncateSync(minariPaths(join(copy, "reach-v0")).hdf5, 4000);
    const file = join(root, "cut.parquet");
    writeFileSync(file, "before");
    await expect(exportParquet(copy, file)).rejects.toThrow(/truncated file/);
    expect(readFileSync(file, "utf8")).toBe("before");
    expect(readdirSync(root).filter((name) => name.endsWith(".part"))).toEqual([]);
    await expect(exportParquet(mixed, file, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    expect(readFileSync(file, "utf8")).toBe("before");
    await expect(exportParquet(mixed, join(file, "below.parquet"))).rejects.toThrow(/Cannot write ".*below.parquet"/);
    expect(existsSync(join(root, "mixed.parquet"))).toBe(true);
  });
});
