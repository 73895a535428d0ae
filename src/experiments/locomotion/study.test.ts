/** The locomotion study through the compiled CLI on a few rows: scored while trained, killed, resumed, judged, and given more updates. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { projectRoot } from "../../util/index.js";
import { parseCsv, type TableRow } from "../records.js";
import { lines, runCommand, type Ended, type Interrupt } from "../testing.js";

let data: string;
beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), "llmdpd-locomotion-study-"));
  mkdirSync(join(data, "raw"));
  symlinkSync(join(projectRoot(), "data", "cache"), join(data, "cache"), "junction");
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

const llmdpd = (args: readonly string[], interrupt?: Interrupt): Promise<Ended> => runCommand(args, { data, ...(interrupt === undefined ? {} : { interrupt }) });
const small = ["data.steps=3000", "train.updates=60", "train.metricsEvery=10", "train.checkpointEvery=20", "train.evaluateEvery=20", "evaluate.episodes=3", "evaluate.candidates=[1,4]"].flatMap((setting) => ["--set", setting]);
const file = (...parts: string[]): string => join(data, "runs", ...parts);
const table = (...parts: string[]): TableRow[] => parseCsv(readFileSync(file(...parts), "utf8"));

it("trains both methods, keeps last and best apart beside random, behaviour and expert, and goes on with more updates", { timeout: 300_000 }, async () => {
  const study = await llmdpd(["study", "locomotion", ...small]);
  expect(study.output).toMatch(/hopper-medium, regenerated data, not D4RL's own[\s\S]*behaviour[\s\S]*full [^\n]*last N = 4 +n = 3, trainings: 1, updates: 60\n[\s\S]*not unseen tasks/);
  expect(study.code).toBe(0);

  const scores = table("locomotion-smoke", "scores.csv");
  const count = (dataset: string, variant: string): number => scores.filter((row) => row["dataset"] === dataset && row["variant"] === variant).length;
  for (const dataset of ["hopper-medium", "walker2d-medium"]) {
    expect(["random", "behaviour", "expert", "full", `diffusion-ql-${dataset}`].map((variant) => count(dataset, variant))).toEqual([1, 1, 1, 4, 4]);
    const [random = 0, behaviour = 0, expert = 0] = ["random", "behaviour", "expert"].map((variant) => Number(scores.find((row) => row["dataset"] === dataset && row["variant"] === variant)?.["score"]));
    expect(random < behaviour && behaviour < expert).toBe(true);
  }
  const best = readdirSync(file("locomotion-smoke", "full-seed0", "best")).sort();
  const metrics = readFileSync(file("locomotion-smoke", "full-seed0", "metrics.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line) as Record<string, number>);
  const evaluated = metrics.filter((line) => line["score"] !== undefined);
  expect(evaluated.map(({ step }) => step)).toEqual([20, 40, 60]);
  const first = evaluated.find(({ score }) => score === Math.max(...evaluated.map((line) => line["score"] as number)));
  expect(best).toEqual(["json", "safetensors"].map((kind) => `step-${String(first?.["step"]).padStart(8, "0")}.${kind}`));
  expect(new Set(table("locomotion-smoke", "full-seed0", "episodes.csv").filter((row) => row["checkpoint"] === "best").map((row) => row["updates"]))).toEqual(new Set([first?.["step"]]));
  expect(table("locomotion-smoke", "published.csv").every((row) => row["data"] === "D4RL's own" && row["source"] !== "")).toBe(true);
  expect(readdirSync(file("locomotion-smoke", "figures")).filter((name) => name.endsWith(".svg")).sort()).toEqual(["learning-curves.svg", "losses.svg", "scores.svg"]);

  // One method alone: its own curves, beside what bounds both data sets.
  const alone = await llmdpd(["study", "locomotion", ...small, "--variants", "diffusion-ql-hopper-medium"]);
  expect(alone).toMatchObject({ code: 0 });
  expect(new Set(table("locomotion-smoke", "learning.csv").map((row) => row["variant"]))).toEqual(new Set(["diffusion-ql-hopper-medium"]));

  const watch = (robot: string): Promise<Ended> => llmdpd(["watch", robot, "--policy", file("locomotion-smoke", "full-seed0"), "--out", join(data, "page.html")]);
  expect((await watch("hopper")).output).toMatch(/^hopper: .*policy full, training seed 0, 60 updates on hopper-medium \(regenerated\), N = 4, .*return \d+, score/m);
  expect(await watch("halfcheetah")).toMatchObject({ code: 1, output: expect.stringMatching(/Cannot watch halfcheetah by ".*full-seed0": a run trained on halfcheetah is required, got one on hopper-medium, walker2d-medium\./) as string });

  // Killed, gone on with, and given more updates, a run ends as one that was never touched.
  const train = (name: string, updates: number): string[] => ["train", "--study", "locomotion", "--variant", "full", "--as", name, ...small, "--set", `train.updates=${updates}`];
  const log = file("cut", "full-seed0", "metrics.jsonl");
  await llmdpd(train("cut", 40), { signal: "SIGKILL", when: () => lines(log) >= 3 });
  expect((await llmdpd(train("cut", 40))).code).toBe(0);
  expect((await llmdpd(train("cut", 60))).code).toBe(0);
  const parts = ["metrics.jsonl", "checkpoints/step-00000060.safetensors", ...best.map((name) => `best/${name}`)];
  expect(parts.filter((part) => !readFileSync(file("cut", "full-seed0", part)).equals(readFileSync(file("locomotion-smoke", "full-seed0", part))))).toEqual([]);
});
