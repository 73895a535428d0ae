import { spawn } from "node:child_process";
import { appendFileSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { dataPath, projectRoot, sha256 } from "../../util/index.js";
import { minariPaths, writeMinari } from "../minari.js";
import { fetchData } from "./fetch.js";
import { importData, importRecord, localPath, readLocomotion } from "./store.js";
import { recordRandom } from "./testing.js";
import { d4rlTrajectories, sequenceDataset } from "./views.js";
import { writeD4rl } from "./write.js";

const minariRoot = join(projectRoot(), "test", "golden", "minari", "arrow");
const environment = ["LLMDPD_DATA", "D4RL_DATASET_DIR", "MINARI_DATASETS_PATH", "LLMDPD_D4RL_MIRRORS"] as const;
const before = environment.map((name) => process.env[name]);
const assets = ["gymnasium-1.4.0", "mujoco-3.14.0"].map((name) => dataPath("cache", name));
/** Files as D4RL has them, recorded once. */
let shelf = "";
let home = "";

beforeAll(async () => {
  shelf = mkdtempSync(join(tmpdir(), "llmdpd-shelf-"));
  await writeD4rl(join(shelf, "hopper_medium-v2.hdf5"), await recordRandom("hopper", { rows: 250, seed: 1, longest: 30 }));
  await writeD4rl(join(shelf, "hopper_expert-v2.hdf5"), await recordRandom("hopper", { rows: 120, seed: 2, longest: 30 }));
  await writeD4rl(join(shelf, "halfcheetah_medium-v2.hdf5"), await recordRandom("halfcheetah", { rows: 120, longest: 30 }));
});
afterAll(() => rmSync(shelf, { recursive: true }));

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "llmdpd-store-"));
  mkdirSync(join(home, "cache"));
  for (const asset of assets) symlinkSync(asset, join(home, "cache", basename(asset)), "junction");
  process.env["LLMDPD_DATA"] = home;
  process.env["D4RL_DATASET_DIR"] = join(home, "d4rl");
  process.env["MINARI_DATASETS_PATH"] = join(home, "minari");
  delete process.env["LLMDPD_D4RL_MIRRORS"];
});
afterEach(() => {
  for (const [i, name] of environment.entries()) {
    if (before[i] === undefined) delete process.env[name];
    else process.env[name] = before[i];
  }
  rmSync(home, { recursive: true });
});
const file = (name: string): string => join(shelf, name);

/** A Minari dataset of a robot's random episodes, 30 steps each; `shift` moves the first observation of the second. */
async function writeMinariOf(robot: "hopper" | "halfcheetah", folder: string, { shift = 0 } = {}): Promise<void> {
  const episodes = d4rlTrajectories(await recordRandom(robot, { rows: 120, longest: 30 })).map((episode, i) => {
    if (i === 1) (episode.observations[10] as number) += shift;
    return { ...episode, attributes: {}, infos: {} };
  });
  const box = (length: number) => ({ dtype: "float32", low: Array.from({ length }, () => -Infinity), high: Array.from({ length }, () => Infinity) }) as const;
  const { observationDim, actionDim } = episodes[0]!;
  await writeMinari(folder, { id: `mujoco/${robot}/random-v0`, spaces: { observation: box(observationDim), action: box(actionDim) }, episodes, describe: () => ({ metadata: {}, attributes: {} }) });
}

describe("importData", () => {
  it("takes in a D4RL file, records what it is, and reads it by its id", async () => {
    const imported = await importData(file("hopper_medium-v2.hdf5"));
    expect(imported).toMatchObject({ id: "hopper-medium-v2", robot: "hopper", format: "d4rl", source: "hopper_medium-v2.hdf5", path: localPath("hopper-medium-v2"), sha256: sha256(readFileSync(file("hopper_medium-v2.hdf5"))) });
    expect(imported.checks.map(({ passed }) => passed)).toEqual([true, true, true]);
    expect({ ...importRecord("hopper-medium-v2"), path: localPath("hopper-medium-v2") }).toEqual(imported);
    const data = await readLocomotion("hopper-medium-v2");
    expect([data.robot, data.summary.rows, data.trajectories().length]).toEqual(["hopper", 250, data.summary.episodes]);
    expect(data.transitions().count).toBe(250 - 1 - data.summary.timeouts);
    expect(await importData(file("hopper_medium-v2.hdf5"))).toEqual(imported);
  });

  it("does not overwrite another file without being told to", async () => {
    await importData(file("hopper_medium-v2.hdf5"));
    await expect(importData(file("hopper_expert-v2.hdf5"), { as: "hopper-medium-v2" })).rejects.toThrow(/another file of that name is here already.*Use --force/);
    expect((await importData(file("hopper_expert-v2.hdf5"), { as: "hopper-medium-v2", force: true })).summary.rows).toBe(120);
    expect((await importData(file("hopper_medium-v2.hdf5"), { as: "mine" })).path).toBe(join(home, "raw", "d4rl", "mine.hdf5"));
    await expect(importData(file("hopper_medium-v2.hdf5"), { as: "../mine" })).rejects.toThrow(/a name of letters, digits/);
  });

  it("refuses another robot's data by the field that tells, also where the widths are the same", async () => {
    await expect(importData(file("hopper_medium-v2.hdf5"), { robot: "walker2d" })).rejects.toThrow(/as data of walker2d: observations of 17 numbers required, got 11\. Is it of hopper\?/);
    copyFileSync(file("halfcheetah_medium-v2.hdf5"), join(home, "walker2d_medium-v2.hdf5"));
    await expect(importData(join(home, "walker2d_medium-v2.hdf5"))).rejects.toThrow(/observations of walker2d must start near its height of 1\.25 m/);
    copyFileSync(file("halfcheetah_medium-v2.hdf5"), join(home, "data.hdf5"));
    await expect(importData(join(home, "data.hdf5"))).rejects.toThrow(/Cannot tell the robot of .*halfcheetah and walker2d/);
    expect((await importData(join(home, "data.hdf5"), { as: "halfcheetah-mine" })).robot).toBe("halfcheetah");
    await expect(importData(file("halfcheetah_medium-v2.hdf5"), { as: "walker2d-medium-v2" })).rejects.toThrow(/as "walker2d-medium-v2": data of walker2d are required by that name, got data of halfcheetah/);
    const altered = await recordRandom("hopper", { rows: 60 });
    altered.observations[11 * 20 + 2]! += 0.5;
    await writeD4rl(join(home, "hopper_altered-v2.hdf5"), altered);
    await expect(importData(join(home, "hopper_altered-v2.hdf5"))).rejects.toThrow(/"states give observations" is required, got that infos\/qpos and infos\/qvel of row 20/);
    expect(existsSync(localPath("hopper_altered-v2"))).toBe(false);
  });

  it("keeps what a file says of its origin, and never takes a regenerated one for D4RL's", async () => {
    const regenerated = { ...(await recordRandom("hopper", { rows: 60 })), metadata: { origin: "regenerated by llmdpd, not D4RL's own" } };
    await writeD4rl(join(home, "hopper_medium-v2.hdf5"), regenerated);
    await expect(importData(join(home, "hopper_medium-v2.hdf5"))).rejects.toThrow(/as "hopper-medium-v2": D4RL's own data are required by that name, and the file says that it is regenerated by llmdpd/);
    const { source, path } = await importData(join(home, "hopper_medium-v2.hdf5"), { as: "hopper-mine" });
    expect(source).toBe("hopper_medium-v2.hdf5, regenerated by llmdpd, not D4RL's own");
    expect((await importData(path)).source).toBe(source);
  });

  it("finds ids where D4RL keeps its downloads, and puts medium-expert together from its parts", async () => {
    mkdirSync(join(home, "d4rl"));
    await expect(importData("hopper-medium-expert-v2")).rejects.toThrow(/hopper_medium_expert-v2.hdf5 is needed and not there, nor are its parts hopper-medium-v2 and hopper-expert-v2\. `npx --no llmdpd data fetch hopper-medium-expert-v2`/);
    for (const name of ["hopper_medium-v2.hdf5", "hopper_expert-v2.hdf5"]) copyFileSync(file(name), join(home, "d4rl", name));
    const { summary: medium } = await importData("hopper-medium-v2");
    const joined = await importData("hopper-medium-expert-v2");
    expect(joined.source).toBe("hopper-medium-v2 and hopper-expert-v2, joined");
    expect(joined.summary.rows).toBeGreaterThan(120 + 200);
    expect(joined.summary.rows).toBeLessThanOrEqual(120 + medium.rows);
    expect(readdirSync(join(home, "raw", "d4rl")).sort()).toEqual(["hopper_medium-v2.hdf5", "hopper_medium-v2.hdf5.json", "hopper_medium_expert-v2.hdf5", "hopper_medium_expert-v2.hdf5.json"]);
  });

  it("takes in Minari datasets, by folder and by id", async () => {
    process.env["MINARI_DATASETS_PATH"] = minariRoot;
    const imported = await importData("mujoco/hopper/medium-v0");
    expect(imported).toMatchObject({ id: "mujoco/hopper/medium-v0", robot: "hopper", format: "minari", path: join(home, "raw", "mujoco", "hopper", "medium-v0"), summary: { rows: 16, episodes: 3, terminals: 2, timeouts: 1 } });
    const { transitions, trajectories } = await readLocomotion("mujoco/hopper/medium-v0");
    expect([transitions().count, trajectories().length]).toEqual([16, 3]);
    await expect(importData(join(minariRoot, "mujoco", "hopper", "medium-v0"))).rejects.toThrow(/it is here already/);
    await expect(importData(join(minariRoot, "mujoco", "hopper", "medium-v0"), { as: "mujoco/walker2d/medium-v0" })).rejects.toThrow(/as data of walker2d: observations of 17 numbers required, got 11/);
    await expect(importData("mujoco/walker2d/expert-v0")).rejects.toThrow(/MINARI_DATASETS_PATH names another folder/);
  });

  it("refuses another robot's Minari data, and what fails D4RL's checks", async () => {
    const folder = join(home, "cheetah");
    await writeMinariOf("halfcheetah", folder);
    await expect(importData(folder, { as: "mujoco/walker2d/medium-v0" })).rejects.toThrow(/cheetah: episode_0": observations of walker2d must start near its height of 1\.25 m, got -?0\.\d+/);
    await expect(importData(folder, { as: "mujoco/walker2d/medium-v0", robot: "halfcheetah" })).rejects.toThrow(/data of walker2d are required by that name, got data of halfcheetah/);
    expect(existsSync(localPath("mujoco/walker2d/medium-v0"))).toBe(false);
    const { checks, summary } = await importData(folder, { as: "mujoco/halfcheetah/medium-v0" });
    expect(checks.map(({ name, passed }) => [name, passed])).toEqual([["rows differ", true], ["resets lie together", true], ["states give observations", undefined]]);
    expect(summary).toMatchObject({ rows: 120, episodes: 4, timeouts: 4 });
    const odd = join(home, "odd");
    await writeMinariOf("halfcheetah", odd, { shift: 9 });
    await expect(importData(odd, { as: "mujoco/halfcheetah/odd-v0" })).rejects.toThrow(/"resets lie together" is required, got that observations of row 30,/);
  });

  it("takes in files without time-outs, whose episodes end after 1,000 steps", async () => {
    const { timeouts: _, nextObservations: __, ...old } = await recordRandom("halfcheetah", { rows: 2100 });
    await writeD4rl(join(home, "halfcheetah_old.hdf5"), old);
    const { checks, summary } = await importData(join(home, "halfcheetah_old.hdf5"));
    expect(checks.map(({ passed }) => passed)).toEqual([true, true, true]);
    expect(summary).toMatchObject({ rows: 2100, episodes: 2, terminals: 0, timeouts: 2 });
    expect(d4rlTrajectories(old as never).map(({ steps }) => steps)).toEqual([999, 999]);
    // D4RL's own reader counts from 1 after an end.
    expect(sequenceDataset(old as never).map(({ rows }) => rows)).toEqual([1000, 999]);
  });

  it("names the nearest id", async () => {
    await expect(importData("hopper-medum-v2")).rejects.toThrow(/Did you mean "hopper-medium-v2"\?/);
    await expect(readLocomotion("hopper-medum-v2")).rejects.toThrow(/Did you mean "hopper-medium-v2"\? `npx --no llmdpd data import/);
  });
});

describe("fetchData", () => {
  let server: Server;
  let requests: string[] = [];
  /** Bytes after which the next connections break. */
  let cuts: number[] = [];
  beforeEach(async () => {
    [requests, cuts] = [[], []];
    server = createServer(({ url = "", headers }, response) => {
      requests.push(`${url.slice(1)} ${headers.range ?? "all"}`);
      const path = join(shelf, basename(url));
      if (!existsSync(path)) {
        response.writeHead(404).end();
        return;
      }
      const all = readFileSync(path);
      const start = Number(/bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0);
      const body = all.subarray(start);
      response.writeHead(start > 0 ? 206 : 200, { "content-length": body.length, etag: "x", ...(start > 0 ? { "content-range": `bytes ${start}-${all.length - 1}/${all.length}` } : {}) });
      const cut = cuts.shift();
      if (cut === undefined) response.end(body);
      else response.write(body.subarray(0, cut), () => void arrived(basename(url), start + cut).then(() => response.destroy()));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  /** Waits until so many bytes lie on the disk: what a broken connection still holds is lost. */
  const arrived = async (name: string, bytes: number): Promise<void> => {
    const part = join(home, "cache", "d4rl", `${name}.download`);
    while (!(existsSync(part) && statSync(part).size >= bytes)) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  const mirror = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const local = (): { mirrors: string[]; known: boolean; pauseMs: number; attempts: number } => ({ mirrors: [mirror()], known: false, pauseMs: 1, attempts: 2 });

  it("downloads over a connection that breaks, imports, and records where it came from", async () => {
    cuts = [5000, 3000];
    const labels = new Set<string>();
    const fetched = await fetchData("hopper-medium-v2", { ...local(), onProgress: ({ label }) => labels.add(label) });
    expect(requests).toEqual(["hopper_medium-v2.hdf5 all", "hopper_medium-v2.hdf5 bytes=5000-", "hopper_medium-v2.hdf5 bytes=8000-"]);
    expect(fetched).toMatchObject({ id: "hopper-medium-v2", source: `${mirror()}/hopper_medium-v2.hdf5`, sha256: sha256(readFileSync(file("hopper_medium-v2.hdf5"))) });
    expect([...labels]).toEqual(["downloading hopper_medium-v2.hdf5", "reading hopper_medium-v2.hdf5"]);
    expect(readdirSync(join(home, "cache", "d4rl"))).toEqual([]);
    requests = [];
    expect(await fetchData("hopper-medium-v2", local())).toEqual(fetched);
    expect(requests).toEqual([]);
  });

  it("notices a file that was altered here, and a download that is not the recorded one", async () => {
    const { path } = await fetchData("hopper-medium-v2", local());
    appendFileSync(path, "x");
    await expect(fetchData("hopper-medium-v2", local())).rejects.toThrow(/its SHA-256 must be \w{64} as recorded, got another/);
    rmSync(path);
    writeFileSync(`${path}.json`, readFileSync(`${path}.json`, "utf8").replace(/"sha256": "\w{64}"/, `"sha256": "${"0".repeat(64)}"`));
    await expect(fetchData("hopper-medium-v2", local())).rejects.toThrow(/its SHA-256 must be 0{64}, got/);
    expect((await fetchData("hopper-medium-v2", { ...local(), force: true })).summary.rows).toBe(250);
  });

  it("puts medium-expert together instead of downloading it, where its parts are here", async () => {
    await fetchData("hopper-medium-v2", local());
    await fetchData("hopper-expert-v2", local());
    requests = [];
    expect((await fetchData("hopper-medium-expert-v2", local())).source).toContain("joined");
    expect(requests).toEqual([]);
    // The checksum of what was joined here is not that of D4RL's own file.
    for (const id of ["hopper-medium-v2", "hopper-expert-v2", "hopper-medium-expert-v2"]) rmSync(localPath(id));
    copyFileSync(file("hopper_expert-v2.hdf5"), file("hopper_medium_expert-v2.hdf5"));
    expect((await fetchData("hopper-medium-expert-v2", local())).summary.rows).toBe(120);
  });

  it("downloads Minari's files again where they were lost, and only the recorded ones", async () => {
    await writeMinariOf("hopper", join(home, "minari-source"));
    const { hdf5, metadata } = minariPaths(join(home, "minari-source"));
    for (const path of [hdf5, metadata]) copyFileSync(path, file(basename(path)));
    const id = "mujoco/hopper/random-v0";
    const fetched = await fetchData(id, local());
    expect(fetched).toMatchObject({ id, source: `${mirror()}/${id}/data/main_data.hdf5`, sha256: sha256(readFileSync(hdf5)) });
    requests = [];
    expect(await fetchData(id, local())).toEqual(fetched);
    expect(requests).toEqual([]);
    rmSync(minariPaths(localPath(id)).hdf5);
    expect(await fetchData(id, local())).toEqual(fetched);
    rmSync(minariPaths(localPath(id)).hdf5);
    appendFileSync(file("main_data.hdf5"), "x");
    await expect(fetchData(id, local())).rejects.toThrow(/its SHA-256 must be \w{64}, got/);
    for (const path of [hdf5, metadata]) rmSync(file(basename(path)));
  });

  it("explains itself without a network, for foreign answers and unknown ids", async () => {
    await expect(fetchData("walker2d-expert-v2", local())).rejects.toThrow(/Cannot download "walker2d_expert-v2.hdf5": http.*: the server answered 404 Not Found\. Without a network here, download .*walker2d_expert-v2.hdf5 on another machine and take it in with `npx --no llmdpd data import walker2d_expert-v2.hdf5`/);
    process.env["LLMDPD_D4RL_MIRRORS"] = "http://nowhere.invalid/d4rl";
    await expect(fetchData("walker2d-expert-v2", { known: false, attempts: 1 })).rejects.toThrow(/nowhere\.invalid\/d4rl\/walker2d_expert-v2\.hdf5: .*is there a network\?/);
    writeFileSync(file("walker2d_random-v2.hdf5"), "<html>moved</html>");
    await expect(fetchData("walker2d-random-v2", local())).rejects.toThrow(/Cannot read ".*walker2d_random-v2.hdf5" at the header/);
    expect(existsSync(localPath("walker2d-random-v2"))).toBe(false);
    await expect(fetchData("walker2d-randm-v2")).rejects.toThrow(/Did you mean "walker2d-random-v2"\?/);
    await expect(fetchData("mujoco/hopper/expert-v0", local())).rejects.toThrow(/Cannot download "metadata.json": .*mujoco\/hopper\/expert-v0\/data\/metadata\.json: the server answered 404/);
  });

  it("is a command, as import is", async () => {
    const llmdpd = async (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
      const child = spawn(process.execPath, [join(projectRoot(), "scripts", "llmdpd.mjs"), "data", ...args], { cwd: home });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      return { code: await new Promise((resolve) => child.on("close", (code) => resolve(code ?? -1))), stdout, stderr };
    };
    cuts = [4000];
    const fetched = await llmdpd("fetch", "hopper-medium-v2", "--mirror", mirror());
    expect(fetched).toMatchObject({ code: 0, stdout: expect.stringMatching(/^hopper-medium-v2: hopper, 250 steps, \d+ finished episodes \(\d+ falls, \d+ time-outs\).*\nreturns: mean .*D4RL's score of the mean .*\nok: rows differ .*\nok: resets .*\nok: states .*\nSHA-256 \w{64}\nFrom http:.*\. Wrote .*hopper_medium-v2\.hdf5\.\n$/s), stderr: expect.stringContaining("downloading hopper_medium-v2.hdf5 100 %") });
    const imported = await llmdpd("import", file("hopper_medium-v2.hdf5"), "--robot", "walker2d");
    expect(imported).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/^Cannot read ".*" as data of walker2d: observations of 17 numbers required, got 11\. Is it of hopper\?\n$/) });
  });
});
