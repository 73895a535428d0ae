/** A tiny run, trained and exported by the compiled command, read by Python. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { writeSafetensors, type SafetensorsTensor } from "../formats/index.js";
import { loadTaskPrompts, openTextEncoder, taskTexts, trajectoryPrompt } from "../prompts/index.js";
import { Rng, projectRoot, sha256 } from "../util/index.js";
import { readCheckpoint } from "./checkpoint.js";
import { readRunConfig } from "./run-config.js";
import { exportPolicy } from "./export-policy.js";
import { planEpisodes } from "./goals.js";
import { policyAgent } from "./policy-agent.js";
import { textVectors } from "./text-prompts.js";
import { readTrained } from "./trained.js";
import { loadData, promptPool, tokensOf } from "./training-data.js";

const folder = mkdtempSync(join(tmpdir(), "llmdpd-export-"));
const run = join(folder, "data", "runs", "tiny", "full-seed0");
const python = join(projectRoot(), ".venv", process.platform === "win32" ? "Scripts/python.exe" : "bin/python");

function llmdpd(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(projectRoot(), "scripts", "llmdpd.mjs"), ...args], { encoding: "utf8", cwd: folder });
}

/** Runs lines of Python and returns what they print, as JSON. */
function inPython(lines: readonly string[], ...args: string[]): unknown {
  const { stdout, stderr } = spawnSync(python, ["-c", lines.join("\n"), ...args], { encoding: "utf8" });
  return stdout === "" ? stderr : JSON.parse(stdout);
}

beforeAll(() => {
  mkdirSync(join(folder, "data", "raw"), { recursive: true });
  symlinkSync(join(projectRoot(), "data", "cache"), join(folder, "data", "cache"), "junction");
  vi.stubEnv("LLMDPD_DATA", join(folder, "data"));
  const { status, stderr } = llmdpd("train", "--study", "smoke", "--as", "tiny");
  if (status !== 0) throw new Error(`The tiny run failed: ${stderr}`);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe("an exported policy", () => {
  it("gives Python's onnxruntime the actions that the agent takes here, for batches of any size", async () => {
    const exported = llmdpd("export", run, "policy.onnx");
    expect(exported).toMatchObject({ status: 0, stderr: "" });
    const config = readRunConfig(run);
    const trained = await readTrained(run, { config, verb: "export" });
    const { method, state, normaliser, text } = trained;
    const data = await loadData(config);
    const plans = planEpisodes(config);
    const pool = promptPool(config, data);
    const episodeOf = (task: string) => (pool.get(task) ?? [])[0] as NonNullable<ReturnType<typeof pool.get>>[number];

    const vectors = await textVectors(config, text as NonNullable<typeof text>);
    const makeAgent = await policyAgent({
      method, state, normaliser, plans, candidates: 1, seed: 3, device: "xla:cpu",
      promptsOf: ({ task }) => ({ text: vectors.get(task)?.[0] as Float32Array, prompt: tokensOf(episodeOf(task), { config, normaliser }) }),
    });
    const agent = await makeAgent(plans.length);
    const observations = Float64Array.from(plans.flatMap(({ task }, lane) => [...episodeOf(task).observations.subarray(39 * (lane + 5), 39 * (lane + 6))]), Math.fround);
    for (const [lane, plan] of plans.entries()) await agent.begin(lane, plan);
    const actions = await agent.act(observations, plans.map(() => true));

    const descriptions = taskTexts(loadTaskPrompts("metaworld"), { tasks: plans.map(({ task }) => task), paraphrases: false });
    const encoder = await openTextEncoder(config.text.encoder);
    const raw = new Map([...descriptions.keys()].map((task, i) => [task, i]));
    const encoded = await encoder.encode([...descriptions.values()].map(([first]) => first as string));
    await encoder.dispose();
    const { denoisingSteps, promptSteps } = config.algorithm;
    const noise = plans.flatMap(({ task, episode }) => {
      const rng = new Rng(3).fork("act", task, episode);
      return Array.from({ length: denoisingSteps * 4 }, () => rng.normal());
    });
    const prompts = plans.flatMap(({ task }) => [...trajectoryPrompt(episodeOf(task), { steps: promptSteps, normalise: (rows) => Float32Array.from(rows), rewardScale: 1 })]);
    const tensor = (values: Iterable<number>, ...shape: number[]): SafetensorsTensor => ({ dtype: "F32", shape: [plans.length, ...shape], data: Float32Array.from(values) });
    const feeds = join(folder, "feeds.safetensors");
    writeFileSync(
      feeds,
      writeSafetensors(
        new Map([
          ["observation", tensor(observations, 39)],
          ["text", tensor(plans.flatMap(({ task }) => [...(encoded[raw.get(task) as number] as Float32Array)]), text?.dim as number)],
          ["prompt", tensor(prompts, promptSteps, 44)],
          ["noise", tensor(noise, denoisingSteps, 4)],
        ]),
      ),
    );
    const answer = inPython(
      [
        "import json, sys, onnxruntime",
        "from safetensors.numpy import load_file",
        "policy = onnxruntime.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])",
        "feeds = load_file(sys.argv[2])",
        "act = lambda rows: policy.run(['action'], {name: feeds[name][rows] for name in feeds})[0].tolist()",
        "print(json.dumps({'all': act(slice(None)), 'first': act(slice(0, 1))}))",
      ],
      join(folder, "policy.onnx"),
      feeds,
    ) as { all: number[][]; first: number[][] };
    const largest = (rows: readonly number[][]): number => Math.max(...rows.flat().map((value, i) => Math.abs(value - (actions[i] as number))));
    expect(answer).toMatchObject({ all: plans.map(() => [0, 0, 0, 0].map(() => expect.any(Number))), first: [[0, 0, 0, 0].map(() => expect.any(Number))] });
    expect(largest(answer.all)).toBeLessThan(1e-5);
    expect(largest(answer.first)).toBeLessThan(1e-5);
    // Actions that are all cut off at the bounds would agree by themselves.
    expect(answer.all.flat().filter((value) => Math.abs(value) < 1).length).toBeGreaterThan(plans.length);
  });

  it("has a card with run, data, shapes and limits", () => {
    const card = readFileSync(join(folder, "policy.md"), "utf8");
    expect(card).toMatch(/study `tiny`, variant `full`, seed 0, 40 updates[\s\S]*door-open, door-close[\s\S]*door-lock[\s\S]*`prompt` \| \(batch, 6, 44\)[\s\S]*onnxruntime\.InferenceSession\("policy\.onnx"\)[\s\S]*## Limits[\s\S]*## Licence/);
  });
});

describe("a checkpoint", () => {
  it("holds the same tensors for the Python package safetensors", async () => {
    const checkpoint = await readCheckpoint(join(run, "checkpoints"));
    const ours = Object.fromEntries([...(checkpoint?.tensors ?? [])].map(([name, { shape, dtype, data }]) => [name, [dtype, shape, sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))]]));
    const theirs = inPython(
      [
        "import hashlib, json, sys",
        "from safetensors.numpy import load_file",
        "tensors = load_file(sys.argv[1])",
        "print(json.dumps({name: [str(t.dtype), list(t.shape), hashlib.sha256(t.tobytes()).hexdigest()] for name, t in tensors.items()}))",
      ],
      join(run, "checkpoints", readdirSync(join(run, "checkpoints")).filter((name) => name.endsWith(".safetensors")).sort().at(-1) as string),
    );
    expect(Object.keys(ours).length).toBeGreaterThan(50);
    expect(theirs).toEqual(ours);
  });
});

describe("what cannot be exported", () => {
  const copyOf = (name: string): string => {
    cpSync(run, join(folder, name), { recursive: true });
    return join(folder, name);
  };
  const out = join(folder, "other.onnx");
  it("a run that is not there, or has no checkpoint", async () => {
    await expect(exportPolicy(join(folder, "nowhere"), out)).rejects.toThrow(/Cannot open run ".*nowhere"/);
    const untrained = copyOf("untrained");
    rmSync(join(untrained, "checkpoints"), { recursive: true });
    await expect(exportPolicy(untrained, out)).rejects.toThrow(/Cannot export ".*untrained": a checkpoint is required, got none/);
  });

  it("a checkpoint of other shapes or of another variant", async () => {
    const edited = (name: string, edit: (text: string) => string): string => {
      const path = copyOf(name);
      const file = join(path, "config.json");
      writeFileSync(file, edit(readFileSync(file, "utf8")));
      return path;
    };
    await expect(exportPolicy(edited("wider", (text) => text.replace('"hidden": 32', '"hidden": 64')), out)).rejects.toThrow(/Cannot use the checkpoint of ".*wider": ".*" of shape \(.*64.*\) is required by its config\.json, got \(.*32.*\)/);
    await expect(exportPolicy(edited("no-text", (text) => text.replace('"useText": true', '"useText": false')), out)).rejects.toThrow(/Cannot use the checkpoint of ".*no-text": "actor\/text/);
  });

  it("to a place that cannot be written, or under another ending", async () => {
    await expect(exportPolicy(run, join(run, "config.json", "policy.onnx"))).rejects.toThrow(/Cannot write ".*policy\.onnx"/);
    await expect(exportPolicy(run, join(folder, "policy.pt"))).rejects.toThrow(/a file name that ends in \.onnx is required/);
    expect(llmdpd("export", join(folder, "nowhere"), "x.onnx")).toMatchObject({ status: 1, stdout: "" });
  });
});
