import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dataPath, projectRoot } from "../../util/index.js";

let home = "";
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "llmdpd-data-"));
  symlinkSync(dataPath("cache"), join(home, "cache"), "junction");
});
afterAll(() => rmSync(home, { recursive: true }));

/** Runs the compiled command in the folder of the test. */
function llmdpd(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(projectRoot(), "scripts", "llmdpd.mjs"), ...args], { encoding: "utf8", cwd: home, env: { ...process.env, LLMDPD_DATA: home } });
  return { status, stdout, stderr };
}

test("generate writes a data set that show reads, from any working directory", () => {
  const made = llmdpd("data", "generate", "metaworld", "--tasks", "reach", "drawer-close", "--episodes", "2", "--noise", "0", "--out", "./drawers");
  expect(made).toMatchObject({ status: 0 });
  expect(made.stdout).toMatch(/task +episodes +steps +success +return mean +min +max +length mean +checksum\ndrawer-close +2 +\d+ +2\/2/);
  expect(made.stderr).toMatch(/collecting episodes 100 % \(4\/4\)/);
  expect(readdirSync(home)).toEqual(["cache", "drawers"]);
  const shown = llmdpd("data", "show", "./drawers");
  expect(shown.status).toBe(0);
  const [summary, behaviours] = shown.stdout.split("\n\n");
  expect(made.stdout.startsWith(summary ?? "")).toBe(true);
  expect(behaviours).toMatch(/^behaviour +noise +episodes +success +return min +q1 .*\nexpert +0.00 +4 +100 %/);
  const json = JSON.parse(llmdpd("data", "show", "./drawers", "--json").stdout) as { tasks: { task: string; successes: number }[]; stamps: Record<string, { noise: number[] }> };
  expect(json.tasks.map(({ task, successes }) => [task, successes])).toEqual([["drawer-close", 2], ["reach", 2]]);
  expect(json.stamps["reach"]?.noise).toEqual([0]);

  truncateSync(join(home, "drawers", "reach-v0", "data", "main_data.hdf5"), 3000);
  const broken = llmdpd("data", "show", "./drawers");
  expect(broken).toMatchObject({ status: 1, stdout: "" });
  expect(broken.stderr).toMatch(/^Cannot read ".*main_data.hdf5" at the header: truncated file.*\n$/m);
}, 60_000);

test("list, verify, sample and export speak of the same data", () => {
  expect(llmdpd("data", "list").stdout).toMatch(/^No data set below .*raw\. `npx --no llmdpd data generate metaworld .*makes one\.\n$/);
  expect(llmdpd("data", "generate", "metaworld", "--tasks", "reach", "--preset", "noisy", "--episodes", "3", "--max-steps", "30", "--out", "small")).toMatchObject({ status: 0 });
  expect(llmdpd("data", "list").stdout).toMatch(/^name +preset +tasks +episodes +steps +size +success\nsmall +noisy +1 +3 +90 +[\d.]+ kB +0\.0 %\n$/);
  expect(llmdpd("data", "list", "--tasks").stdout).toMatch(/\nmetaworld\/small\/reach-v0 +noisy +3 +90 /);
  expect(llmdpd("data", "verify", "small")).toMatchObject({ status: 0, stdout: expect.stringMatching(/\nreach +3 +90 +ok\n$/) as unknown });
  const text = llmdpd("data", "sample", "small", "--count", "2").stdout;
  expect(text).toMatch(/^task +episode +step +behaviour +hand_x .* reward +success\nreach +[012] +\d+ +noisy /);
  expect(text.trimEnd().split("\n")).toHaveLength(3);
  const csv = llmdpd("data", "sample", "small", "--episode", "1", "--format", "csv").stdout.trimEnd().split("\n");
  expect([csv.length, new Set(csv.map((line) => line.split(",").length)).size]).toEqual([32, 1]);
  const [first] = JSON.parse(llmdpd("data", "sample", "small", "--count", "1", "--format", "json").stdout) as Record<string, unknown>[];
  expect(first).toMatchObject({ task: "reach", behaviour: "noisy" });
  expect(llmdpd("data", "export", "small", "small.parquet").stdout).toMatch(/^Wrote .*small\.parquet: 93 rows of 3 episodes, [\d.]+ kB\.\n$/);
  expect(readFileSync(join(home, "small.parquet")).subarray(0, 4).toString()).toBe("PAR1");

  truncateSync(join(home, "raw", "metaworld", "small", "reach-v0", "data", "main_data.hdf5"), 3000);
  const broken = llmdpd("data", "verify", "small");
  expect(broken).toMatchObject({ status: 1, stdout: expect.stringMatching(/reach +0 +0 +WRONG\n\n.*\n.*truncated file/) as unknown });
  expect(broken.stderr).toMatch(/\nCannot trust "small": 1 of 1 tasks have problems\.\n$/);
}, 60_000);

test.runIf(process.platform !== "win32")("a disk that takes no more: no corrupt file, and the same command goes on once there is room", () => {
  const args = ["data", "generate", "metaworld", "--tasks", "reach", "--episodes", "40", "--noise", "0.1", "--max-steps", "100", "--past-success", "100", "--out", "./large"];
  const command = [process.execPath, join(projectRoot(), "scripts", "llmdpd.mjs"), ...args].map((word) => `'${word}'`).join(" ");
  const full = spawnSync("bash", ["-c", `ulimit -f 400; exec ${command}`], { encoding: "utf8", cwd: home });
  expect(full).toMatchObject({ status: 1, stdout: "" });
  expect(full.stderr).toMatch(/\nCannot write ".*main_data.hdf5": .*What was collected is kept: the same command goes on from there\.\n$/);
  expect(readdirSync(join(home, "large.part"), { recursive: true, encoding: "utf8" }).filter((name) => name.includes("hdf5"))).toEqual([]);
  expect(llmdpd(...args).stdout).toMatch(/: 0 steps collected/);
  expect(llmdpd("data", "verify", "./large")).toMatchObject({ status: 0 });
}, 60_000);

test.each(["native", "wasm"])("a mesh that is missing among the scenes is named, with what to do (%s)", (backend) => {
  const other = mkdtempSync(join(tmpdir(), "llmdpd-mesh-"));
  try {
    mkdirSync(join(other, "cache"));
    symlinkSync(dataPath("cache", "mujoco-3.14.0"), join(other, "cache", "mujoco-3.14.0"), "junction");
    const missing = join("objects", "meshes", "drawer", "drawercase.stl");
    cpSync(dataPath("cache", "metaworld-3.1.1"), join(other, "cache", "metaworld-3.1.1"), { recursive: true, dereference: true, filter: (path) => !path.endsWith(missing) });
    const args = ["data", "generate", "metaworld", "--tasks", "drawer-open", "--episodes", "1", "--out", "./none", "--backend", backend];
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(projectRoot(), "scripts", "llmdpd.mjs"), ...args], { encoding: "utf8", cwd: other, env: { ...process.env, LLMDPD_DATA: other } });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^Cannot load scene "sawyer_xyz\/sawyer_drawer.xml" .*drawercase\.stl.*delete .*metaworld-3\.1\.1 and run `npm run setup`/s);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(existsSync(join(other, "none"))).toBe(false);
  } finally {
    rmSync(other, { recursive: true });
  }
}, 60_000);

test.each([
  [["data", "sample", "./nothing"], /^Cannot find dataset ".\/nothing"/],
  [["data", "generate", "metaworld", "--tasks", "ml45-tran", "--out", "./x"], /^Cannot find task "ml45-tran"\. Did you mean "ml45-train"\?/],
  [["data", "generate", "metaworld", "--tasks", "reach", "--preset", "expret", "--out", "./x"], /Allowed choices are expert, noisy, mixed/],
  [["data", "show", "./nothing"], /^Cannot find dataset ".\/nothing" at .*nothing/],
  [["data", "generate", "metaworld", "--tasks", "rech", "--out", "./x"], /^Cannot find task "rech"\. Did you mean "reach"\?/],
  [["data", "generate", "metaworld", "--tasks", "reach", "--episodes", "two", "--out", "./x"], /option '--episodes <count>' argument 'two' is invalid\. A number is needed/],
  [["data", "generate", "metaworld", "--tasks", "reach", "--out", "./x", "--backend", "nativ"], /Allowed choices are auto, native, wasm/],
])("%j ends with one clear message and no stack", (args, message) => {
  const { status, stdout, stderr } = llmdpd(...args);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^ +at /m);
});
