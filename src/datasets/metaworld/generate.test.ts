import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drawGoals } from "../../envs/index.js";
import { projectRoot } from "../../util/index.js";
import { type Dataset, readDataset } from "../dataset.js";
import { readHdf5, writeHdf5 } from "../hdf5.js";
import { minariPaths } from "../minari.js";
import { summarize } from "../summary.js";
import { type Generated, type GenerateOptions, defaultNoise, generateMetaworld } from "./generate.js";
import type { PresetName } from "./presets.js";
import { resolveTasks } from "./task-sets.js";

let root = "";
let made: Generated;
let read: Dataset;
const plan = { tasks: ["drawer-close", "reach"], episodes: 9, seed: 5, maxSteps: 120 };
const progress: string[] = [];
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "llmdpd-generate-"));
  made = await generateMetaworld({ ...plan, out: join(root, "two"), threads: 2, onProgress: ({ done, total }) => progress.push(`${done}/${total}`) });
  read = await readDataset(join(root, "two"));
});
afterAll(() => rmSync(root, { recursive: true }));

const checksums = ({ stamps }: Pick<Dataset, "stamps">): string[] => [...stamps.values()].map(({ checksum }) => checksum);

describe("episodes", () => {
  test("every episode has the goal of its index, a noise level of the mix, and ends 20 steps past the first success", () => {
    expect(made.tasks.map(({ task }) => task)).toEqual(["drawer-close", "reach"]);
    for (const [task, episodes] of read.tasks) {
      const goals = drawGoals(task, { seed: 5, count: 9 });
      expect(episodes.map(({ goal }) => [...goal])).toEqual(goals.map((goal) => [...goal]));
      for (const { noise, steps, successes, success, actions, observations, truncations, terminations } of episodes) {
        expect(defaultNoise).toContain(noise);
        const first = successes.indexOf(1);
        expect(success).toBe(first >= 0);
        expect(steps).toBe(first >= 0 ? Math.min(120, first + 20) : 120);
        expect([successes.length, observations.length, actions.length]).toEqual([steps + 1, (steps + 1) * 39, steps * 4]);
        expect(actions.every((value) => Math.abs(value) <= 1)).toBe(true);
        expect([truncations.indexOf(1), terminations.includes(1)]).toEqual([steps - 1, false]);
        expect(Math.abs(observations[38] as number) + Math.abs(observations[37] as number), "the goal is visible").toBeGreaterThan(0);
      }
    }
    expect(made.tasks.map(({ successes }) => successes)).toEqual([9, 9]);
    expect(made.collectedSteps).toBe(made.tasks.reduce((sum, { steps }) => sum + steps, 0));
    expect(progress.at(-1)).toBe("18/18");
  });

  test("the same data from one thread, and again; other data from another seed", async () => {
    const one = await generateMetaworld({ ...plan, out: join(root, "one"), threads: 1 });
    expect(checksums(one)).toEqual(checksums(made));
    const fewer = await generateMetaworld({ ...plan, tasks: ["reach"], episodes: 3, out: join(root, "fewer") });
    expect((await readDataset(fewer.path)).tasks.get("reach")).toEqual(read.tasks.get("reach")?.slice(0, 3));
    const other = await generateMetaworld({ ...plan, tasks: ["reach"], seed: 6, out: join(root, "other") });
    expect(checksums(other)[0]).not.toBe(made.stamps.get("reach")?.checksum);
  });
});

describe("on disk", () => {
  test("what is read is what was collected, whole, by task, or by file", async () => {
    expect(summarize(read)).toEqual(made.tasks);
    expect(read.stamps).toEqual(made.stamps);
    const { version } = JSON.parse(readFileSync(join(projectRoot(), "package.json"), "utf8")) as { version: string };
    expect(read.stamps.get("reach")).toMatchObject({ generator: `llmdpd ${version}`, task: "reach", seed: 5, expert: "scripted", noise: [0, 0.1, 0.3], observability: "goal-visible", maxSteps: 120, stepsPastSuccess: 20 });
    expect([...(await readDataset(join(root, "two", "reach-v0"))).tasks.keys()]).toEqual(["reach"]);
    expect([...(await readDataset(minariPaths(join(root, "two", "reach-v0")).hdf5)).tasks.keys()]).toEqual(["reach"]);
    expect([...(await readDataset(join(root, "two"), { tasks: ["drawer-close"] })).tasks.keys()]).toEqual(["drawer-close"]);
    await expect(readDataset(join(root, "two"), { tasks: ["push"] })).rejects.toThrow(/Cannot read task "push".*it holds drawer-close, reach/);
    expect(readdirSync(root).filter((name) => /\.(part|old)/.test(name))).toEqual([]);
  });

  test("Python's minari opens it, with the same numbers", () => {
    const python = join(projectRoot(), ".venv", process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
    expect(existsSync(python), `${python} is needed: run \`npm run setup\``).toBe(true);
    const script = `
import contextlib, io, json, minari
from minari.cli import list_cmd, show
listed = io.StringIO()
with contextlib.redirect_stdout(listed):
    list_cmd("local", all=False, prefix=None)
    show("two/reach-v0")
dataset = minari.load_dataset("two/reach-v0")
episode = dataset[4]
dataset.set_seed(0)
sampled = dataset.sample_episodes(3)
walked = [(int(each.id), len(each.rewards)) for each in dataset.iterate_episodes()]
meta = list(dataset.storage.get_episode_metadata([4]))[0]
print(json.dumps({
  "ids": sorted(minari.list_local_datasets()), "listed": listed.getvalue(), "sampled": [len(each.rewards) for each in sampled], "walked": walked, "id": dataset.spec.dataset_id, "episodes": dataset.total_episodes, "steps": int(dataset.total_steps),
  "spaces": [str(dataset.observation_space), str(dataset.action_space)],
  "observations": episode.observations.tolist(), "actions": episode.actions.tolist(), "rewards": episode.rewards.tolist(),
  "terminations": episode.terminations.tolist(), "truncations": episode.truncations.tolist(), "success": episode.infos["success"].tolist(),
  "goal": meta["options"]["rand_vec"].tolist(), "behaviour": meta["behaviour"], "noise": meta["noise"].item(), "seed": meta["seed"],
  "stamp": json.load(open(dataset.spec.data_path + "/metadata.json"))["llmdpd"],
  "contained": bool(dataset.observation_space.contains(episode.observations[0]) and dataset.action_space.contains(episode.actions[0])),
}))`;
    const { status, stdout, stderr } = spawnSync(python, ["-c", script], { encoding: "utf8", env: { ...process.env, MINARI_DATASETS_PATH: root }, maxBuffer: 1 << 26 });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const seen = JSON.parse(stdout) as Record<string, unknown>;
    const episode = read.tasks.get("reach")?.[4];
    expect(episode).toBeDefined();
    const rows = (values: ArrayLike<number>, width: number): number[][] => Array.from({ length: values.length / width }, (_, i) => Array.from(values).slice(i * width, (i + 1) * width));
    expect(seen).toMatchObject({
      id: "two/reach-v0",
      episodes: 9,
      steps: made.tasks[1]?.steps,
      spaces: ["Box(-inf, inf, (39,), float64)", "Box(-1.0, 1.0, (4,), float32)"],
      observations: rows(episode?.observations ?? [], 39),
      actions: rows(episode?.actions ?? [], 4),
      rewards: [...(episode?.rewards ?? [])],
      terminations: [...(episode?.terminations ?? [])],
      truncations: [...(episode?.truncations ?? [])],
      success: [...(episode?.successes ?? [])],
      goal: [...(episode?.goal ?? [])],
      behaviour: episode?.behaviour,
      noise: episode?.noise,
      seed: 5,
      walked: read.tasks.get("reach")?.map(({ index, steps }) => [index, steps]),
      stamp: made.stamps.get("reach"),
      contained: true,
    });
    expect(seen["listed"]).toMatch(/two[^]*reach-v0[^]*Total Episodes +│ 9 /);
    expect(seen["sampled"]).toHaveLength(3);
    for (const length of seen["sampled"] as number[]) expect(read.tasks.get("reach")?.map(({ steps }) => steps)).toContain(length);
    expect(seen["ids"]).toEqual(expect.arrayContaining(["two/drawer-close-v0", "two/reach-v0"]));
  });

  test("altered numbers, a missing stamp, an empty folder and an unknown name are refused", async () => {
    const altered = await generateMetaworld({ ...plan, tasks: ["reach"], episodes: 1, out: join(root, "altered") });
    const { hdf5 } = minariPaths(join(altered.path, "reach-v0"));
    const content = await readHdf5(hdf5);
    content.groups["episode_0"]?.arrays["rewards"]?.data.fill(9 as never, 3, 4);
    await writeHdf5(hdf5, content);
    await expect(readDataset(altered.path)).rejects.toThrow(/its checksum must be .*The numbers were altered/);
    await writeHdf5(hdf5, { ...content, attributes: {} });
    await expect(readDataset(altered.path)).rejects.toThrow(/attribute "llmdpd" is needed.*made by another program/);
    await writeHdf5(hdf5, { ...content, attributes: { llmdpd: '{"format": 9}' } });
    await expect(readDataset(altered.path)).rejects.toThrow(/attribute "llmdpd" is not as expected: .*format/);
    writeFileSync(hdf5, readFileSync(hdf5).subarray(0, 5000));
    await expect(readDataset(altered.path)).rejects.toThrow(/main_data.hdf5" at the header: truncated file/);
    mkdirSync(join(root, "empty"));
    await expect(readDataset(join(root, "empty"))).rejects.toThrow(/main_data.hdf5 is needed and not there/);
    await expect(readDataset(join(root, "tvo"))).rejects.toThrow(/Did you mean "two"\? Known: .*two/);
  });
});

describe("bad input", () => {
  test.each<[Partial<GenerateOptions>, RegExp]>([
    [{ tasks: ["drawer-opn"] }, /Cannot find task "drawer-opn"\. Did you mean "drawer-open"\?/],
    [{ tasks: [] }, /at least one task/],
    [{ episodes: 0 }, /episodes must be a whole number from 1/],
    [{ seed: 0.5 }, /seed must be a whole number/],
    [{ maxSteps: 501 }, /maxSteps must be a whole number from 1 to 500, got 501/],
    [{ threads: 0 }, /threads must be/],
    [{ preset: "mixd" as PresetName }, /Cannot find preset "mixd"\. Did you mean "mixed"\?/],
    [{ preset: "mixed", noise: [0] }, /give one of preset and noise/],
    [{ noise: [] }, /noise must be standard deviations/],
    [{ noise: [Number.NaN] }, /noise must be standard deviations/],
    [{ out: join("any folder", "a b") }, /its name must consist of/],
  ])("%o", async (change, message) => {
    await expect(generateMetaworld({ ...plan, out: join(root, "never"), ...change })).rejects.toThrow(message);
    expect(existsSync(join(root, "never"))).toBe(false);
  });

  test("a data set that is there stays, unless it is to be replaced", async () => {
    const out = join(root, "again");
    const first = await generateMetaworld({ ...plan, tasks: ["reach"], episodes: 1, out });
    await expect(generateMetaworld({ ...plan, tasks: ["reach"], episodes: 2, out })).rejects.toThrow(/exists\. Choose another name, or replace it with --force/);
    expect(checksums(await readDataset(out))).toEqual(checksums(first));
    mkdirSync(`${out}.old`);
    const second = await generateMetaworld({ ...plan, tasks: ["drawer-close"], episodes: 1, out, force: true });
    expect(summarize(await readDataset(out))).toEqual(second.tasks);
    expect(existsSync(`${out}.old`), "what a killed process left is cleared").toBe(false);
  });
});

test("sets of tasks", () => {
  expect(resolveTasks(["ml45-test"])).toEqual(["bin-picking", "box-close", "door-lock", "door-unlock", "hand-insert"]);
  expect(resolveTasks(["reach", "ml45-test", "door-lock"])).toHaveLength(6);
  expect(resolveTasks(["all"])).toEqual(resolveTasks(["ml45-train", "ml45-test"]));
  expect(resolveTasks(["mt50"])).toEqual(resolveTasks(["all"]));
  expect([resolveTasks(["ml10-train"]).length, resolveTasks(["ml10-train", "ml10-test"]).length, resolveTasks(["mt10"]).length]).toEqual([10, 15, 10]);
  expect(() => resolveTasks(["ml45-tets"])).toThrow(/Did you mean "ml45-test"\? Known: all, ml10-train, ml10-test, ml45-train, ml45-test, mt10, mt50, /);
});
