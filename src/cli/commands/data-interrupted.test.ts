/** Generation that is stopped, killed, or begun twice: nothing done is done again, and the numbers stay the same. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readDataset, verifyDataset } from "../../datasets/index.js";
import { projectRoot } from "../../util/index.js";

let home = "";
const running: ChildProcess[] = [];
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "llmdpd-interrupted-"));
});
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(home, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a generation of four shards, 8 episodes of 250 steps each. */
function generate(out: string, ...more: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const args = ["data", "generate", "metaworld", "--tasks", "reach", "--preset", "mixed", "--episodes", "32", "--max-steps", "250", "--past-success", "250", "--seed", "4", "--threads", "1", "--out", out];
  const child = spawn(process.execPath, [join(projectRoot(), "scripts", "llmdpd.mjs"), ...args, ...more], { cwd: home });
  running.push(child);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
  return { child, ended: new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr }))) };
}

const shards = (out: string): string[] => {
  const folder = join(home, `${out}.part`, "shards");
  return existsSync(folder) ? readdirSync(folder).filter((name) => /^reach-\d+$/.test(name)).sort() : [];
};
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const checksum = async (out: string): Promise<string | undefined> => (await readDataset(join(home, out))).stamps.get("reach")?.checksum;
const collected = ({ stdout }: Ended): number => Number(/: (\d+) steps collected/.exec(stdout)?.[1]);

test("stopped, then killed, then begun twice: the data of an uninterrupted run, and nothing collected again", async () => {
  const whole = await generate("./whole").ended;
  expect(whole).toMatchObject({ code: 0 });
  expect(collected(whole)).toBe(8000);

  const stopped = generate("./cut");
  await until(() => shards("cut").length > 0);
  stopped.child.kill("SIGINT");
  expect(await stopped.ended).toMatchObject({ code: 130, stderr: expect.stringContaining("Stopped. The same command goes on from here.") as unknown });
  expect(existsSync(join(home, "cut"))).toBe(false);
  expect(existsSync(join(home, "cut.lock")), "a stopped process gives its lock back").toBe(false);
  const before = shards("cut");

  const killed = generate("./cut");
  await until(() => shards("cut").length > before.length);
  killed.child.kill("SIGSTOP");
  const second = await generate("./cut").ended;
  expect(second).toMatchObject({ code: 1, stdout: "" });
  expect(second.stderr).toContain(`Cannot write data set "./cut": process ${killed.child.pid} has been writing it since`);
  killed.child.kill("SIGKILL");
  await killed.ended;
  expect(existsSync(join(home, "cut.lock")), "a killed process leaves its lock").toBe(true);
  const kept = shards("cut");
  const times = kept.map((name) => statSync(join(home, "cut.part", "shards", name)).mtimeMs);

  const other = await generate("./cut", "--noise", "0").ended;
  expect(other.stderr).toMatch(/cannot be used with option/);
  const changed = await generate("./cut", "--seed", "5").ended;
  expect(changed.stderr).toMatch(/Cannot go on with ".*cut.part": it was begun with seed 4 \(now 5\)/);
  expect(kept.map((name) => statSync(join(home, "cut.part", "shards", name)).mtimeMs)).toEqual(times);

  const last = await generate("./cut", "--threads", "2").ended;
  expect(last).toMatchObject({ code: 0 });
  expect(collected(last)).toBe(8000 - 2000 * kept.length);
  expect(await checksum("cut")).toBe(await checksum("whole"));
  expect((await verifyDataset(join(home, "cut")))[0]?.problems).toEqual([]);
  expect(readdirSync(home).sort(), "nothing is left beside the data sets").toEqual(["cut", "whole"]);
  const stamp = JSON.parse(readFileSync(join(home, "cut", "reach-v0", "data", "metadata.json"), "utf8")) as { llmdpd: object };
  expect(stamp.llmdpd).toMatchObject({ preset: "mixed", seed: 4, metaworld: "3.1.1" });
}, 60_000);
