/** Training that is killed, stopped and resumed is the training that was not; and what it leaves can be published. */
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { initTd3, td3Config } from "../../algorithms/index.js";
import { Rng, UserError, dataPath, projectRoot, sha256 } from "../../util/index.js";
import { behaviourConfig, evaluationOf, levelReached } from "./behaviour-config.js";
import { publishedPolicy, readBehaviourPolicy, writeBehaviourPolicy } from "./behaviour-policy.js";
import { readCheckpoint } from "../checkpoint.js";
import { behaviourEvaluations, evaluatedPolicyPath, replayPath, trainBehaviour } from "./train-behaviour.js";
import { publishBehaviour } from "./publish-behaviour.js";
import { readTable } from "../records.js";
import { openRun, readStatus } from "../run-store.js";

const settings = ["steps=1200", "startSteps=100", "evaluateEvery=400", "evaluationEpisodes=2", "device=xla:cpu", "algorithm.hidden=16", "algorithm.batchSize=16"];
const config = behaviourConfig({ robot: "hopper", steps: 1200, startSteps: 100, evaluateEvery: 400, evaluationEpisodes: 2, device: "xla:cpu", algorithm: { hidden: 16, batchSize: 16 } });
const dims = { observation: 11, action: 3 };

let home = "";
let whole = "";
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "llmdpd-online-"));
  mkdirSync(join(home, "cache"));
  for (const asset of ["gymnasium-1.4.0", "mujoco-3.14.0", "xla-cpu", "xla-programs"].map((name) => dataPath("cache", name))) {
    if (existsSync(asset)) symlinkSync(asset, join(home, "cache", basename(asset)), "junction");
  }
  vi.stubEnv("LLMDPD_DATA", home);
  whole = join(home, "whole");
  await openRun(whole, { config });
  await trainBehaviour(whole);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

/** Everything that must not depend on interruptions. */
async function left(path: string): Promise<unknown> {
  const checkpoint = await readCheckpoint(join(path, "checkpoints"));
  return {
    metrics: readFileSync(join(path, "metrics.jsonl"), "utf8"),
    replay: sha256(readFileSync(replayPath(path))),
    policies: behaviourEvaluations(path).map(({ step }) => sha256(readFileSync(evaluatedPolicyPath(path, step)))),
    tensors: [...(checkpoint?.tensors ?? [])].map(([name, { data }]) => [name, sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))]),
    extra: checkpoint?.extra,
  };
}

test("killed once and stopped once, it ends with the same steps, metrics, policies and state, bit by bit", async () => {
  const path = join(home, "runs", "cut", "hopper-seed0");
  const child = spawn(process.execPath, [join(projectRoot(), "scripts", "llmdpd.mjs"), "data", "train-behaviour", "hopper", "--as", "cut", ...settings.flatMap((setting) => ["--set", setting])], { env: { ...process.env, LLMDPD_DATA: home }, stdio: "ignore" });
  const ended = new Promise((resolve) => child.on("exit", (_code, signal) => resolve(signal)));
  while (readStatus(path).step < 400 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2));
  child.kill("SIGKILL");
  expect(await ended).toBe("SIGKILL");
  expect(readStatus(path).step).toBeLessThan(1200);
  const controller = new AbortController();
  let reports = 0;
  expect(await trainBehaviour(path, { signal: controller.signal, onProgress: () => ++reports === 133 && controller.abort() })).toBe("stopped");
  expect(readStatus(path).step % 400).not.toBe(0);
  expect(await trainBehaviour(path)).toBe("finished");
  expect(readStatus(path)).toMatchObject({ state: "trained", step: 1200, updates: 1200 });
  expect(await left(path)).toEqual(await left(whole));
});

test("a replay file that lost steps is named", async () => {
  const path = join(home, "lost");
  cpSync(whole, path, { recursive: true });
  truncateSync(replayPath(path), 1000);
  await expect(trainBehaviour(path)).rejects.toThrow(/replay\.bin": 1200 recorded steps required, got 6/);
});

test("the policies of all robots are small enough to come with the repository", async () => {
  const { actor } = initTd3(td3Config.parse({}), { dims: { observation: 17, action: 6 }, rng: new Rng(0) });
  const path = join(home, "large.safetensors");
  await writeBehaviourPolicy(path, { actor, notes: { robot: "walker2d" } });
  expect(statSync(path).size).toBeLessThan(299_000);
  expect((await readBehaviourPolicy(path, { observation: 17, action: 6 })).actor).toEqual(actor);
});

test("levels take the first policy within the medium's bounds and the best of the experts", () => {
  const evaluations = [10, 50, 30, 40, 70, 61].map((score, i) => ({ step: i, score }));
  expect([evaluationOf("medium", evaluations)?.step, evaluationOf("expert", evaluations)?.step]).toEqual([2, 4]);
  expect([levelReached("medium", evaluations), levelReached("expert", evaluations), levelReached("expert", [{ step: 0, score: 96 }])]).toEqual([true, false, true]);
  expect(evaluationOf("expert", evaluations.slice(0, 4))).toBeUndefined();
});

test("a level that was reached is published with its notes; one that was not is refused, and so is another robot's policy", async () => {
  const folder = join(home, "published");
  await expect(publishBehaviour(whole, { level: "expert", folder })).rejects.toThrow(/"expert" from ".*whole": the best policy, with a score of at least 60.* is required, got 3 evaluations, the best /);
  await expect(publishedPolicy("hopper", { level: "medium", dims, folder })).rejects.toThrow(/its medium policy .*hopper-medium\.safetensors is required and not there\. `npx --no llmdpd data train-behaviour hopper --level medium --publish`/);
  const skilled = join(home, "skilled");
  mkdirSync(join(skilled, "policies"), { recursive: true });
  writeFileSync(join(skilled, "config.json"), readFileSync(join(whole, "config.json")));
  writeFileSync(evaluatedPolicyPath(skilled, 400), readFileSync(evaluatedPolicyPath(whole, 400)));
  writeFileSync(join(skilled, "metrics.jsonl"), `${JSON.stringify({ step: 400, evaluationScore: 30 })}\n`);
  const { file, step, score, bytes } = await publishBehaviour(skilled, { level: "medium", folder, episodes: 3 });
  expect([step, bytes < 300_000]).toEqual([400, true]);
  expect(readTable(join(folder, "hopper-medium-curve.csv"))).toEqual([{ step: 400, evaluationReturn: "", evaluationScore: 30, evaluationLength: "", episodeReturn: "" }]);
  const { notes } = await publishedPolicy("hopper", { level: "medium", dims, folder });
  expect(notes).toMatchObject({ robot: "hopper", level: "medium", step: "400", episodes: "3", score: score.toFixed(1), command: "npx --no llmdpd data train-behaviour hopper --level medium" });
  const refused: unknown = await readBehaviourPolicy(file, { observation: 17, action: 6 }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UserError);
  expect((refused as Error).message).toMatch(/layer 0 must map 17 to 16 numbers, got weights F32 \(11, 16\)/);
});

test("settings are checked", () => {
  expect(() => behaviourConfig({ evaluateEvery: 333 })).toThrow(/field "evaluateEvery": a multiple of algorithm\.policyDelay \(2\) is required, got 333/);
  expect(() => behaviourConfig({ robot: "hoper" })).toThrow(/field "robot"/);
  expect(() => behaviourConfig({ algorithm: { hiden: 3 } })).toThrow(/Did you mean "algorithm.hidden"\?/);
});
