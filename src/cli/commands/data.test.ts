import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectRoot } from "../../util/index.js";

let home = "";
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "llmdpd-data-"));
});
afterAll(() => rmSync(home, { recursive: true }));

/** Runs the compiled command in the folder of the test. */
function llmdpd(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(projectRoot(), "scripts", "llmdpd.mjs"), ...args], { encoding: "utf8", cwd: home });
  return { status, stdout, stderr };
}

test("generate writes a data set that show reads, from any working directory", () => {
  const made = llmdpd("data", "generate", "metaworld", "--tasks", "reach", "drawer-close", "--episodes", "2", "--noise", "0", "--out", "./drawers");
  expect(made).toMatchObject({ status: 0 });
  expect(made.stdout).toMatch(/task +episodes +steps +success +return mean +min +max +checksum\ndrawer-close +2 +\d+ +2\/2/);
  expect(made.stderr).toMatch(/collecting episodes 100 % \(4\/4\)/);
  expect(readdirSync(home)).toEqual(["drawers"]);
  const shown = llmdpd("data", "show", "./drawers");
  expect(shown.status).toBe(0);
  expect(made.stdout.startsWith(shown.stdout)).toBe(true);
  const json = JSON.parse(llmdpd("data", "show", "./drawers", "--json").stdout) as { tasks: { task: string; successes: number }[]; stamps: Record<string, { noise: number[] }> };
  expect(json.tasks.map(({ task, successes }) => [task, successes])).toEqual([["drawer-close", 2], ["reach", 2]]);
  expect(json.stamps["reach"]?.noise).toEqual([0]);

  truncateSync(join(home, "drawers", "reach-v0", "data", "main_data.hdf5"), 3000);
  const broken = llmdpd("data", "show", "./drawers");
  expect(broken).toMatchObject({ status: 1, stdout: "" });
  expect(broken.stderr).toMatch(/^Cannot read ".*main_data.hdf5" at the header: truncated file.*\n$/);
});

test.each([
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
