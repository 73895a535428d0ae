import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { arch, cpus, platform, release, totalmem } from "node:os";
import { join, resolve } from "node:path";
import type { Device } from "../engine/index.js";
import { UserError, oneOf, dataPath, messageOf, projectRoot, writeFileAtomic } from "../util/index.js";

/**
 * A run is a folder: config.json, record.json (commit, machine, device), metrics.jsonl (append-only), checkpoints/,
 * episodes.csv and status.json. Everything but the metrics is written whole or not at all.
 */

export type RunState = "new" | "training" | "trained" | "evaluated" | "failed";

export interface RunStatus {
  readonly state: RunState;
  /** Updates done, out of `updates`. */
  readonly step: number;
  readonly updates: number;
  /** Seconds spent training, over all sessions. */
  readonly trainSeconds: number;
  readonly evaluateSeconds?: number;
  /** Why the run failed. */
  readonly message?: string;
}

export interface RunRecord {
  readonly commit: string;
  /** True if tracked files differed from the commit. */
  readonly dirty: boolean;
  readonly startedAt: string;
  readonly machine: { readonly platform: string; readonly cpu: string; readonly cores: number; readonly memoryGiB: number; readonly node: string };
  readonly device: string;
  readonly [key: string]: unknown;
}

/** The folder of a run below `data/runs`. */
export function runPath(study: string, run: { variant: string; seed: number }): string {
  return dataPath("runs", study, `${run.variant}-seed${run.seed}`);
}

/**
 * Opens a run's folder, new or as it was left. `ifChanged: "move-aside"` keeps a run of another configuration under
 * another name and begins anew: what a notebook wants, whose parameters change. A run whose updates do not depend on
 * their total number may be given more of them: it goes on from where it ended.
 *
 * @throws UserError if the folder holds a run with another configuration; nothing is changed then
 */
export async function openRun(path: string, { config, ifChanged = "refuse" }: { config: unknown; ifChanged?: "refuse" | "move-aside" }): Promise<void> {
  await mkdir(join(path, "checkpoints"), { recursive: true });
  const file = join(path, "config.json");
  const text = `${JSON.stringify(config, undefined, 2)}\n`;
  if (!existsSync(file)) return writeFileAtomic(file, text);
  const changed = changedFields(JSON.parse(await readFile(file, "utf8")), JSON.parse(text));
  if (changed.length === 0) return;
  if (changed.join() === "train.updates" && isLonger(config, JSON.parse(await readFile(file, "utf8")))) return writeFileAtomic(file, text);
  if (ifChanged === "move-aside") {
    await moveAside(path);
    return openRun(path, { config });
  }
  throw new UserError(
    `Cannot go on with run "${path}": it was made with other values of ${changed.join(", ")}. ` +
      "Start anew with --fresh, which moves the old folder aside, or give the study another name with --as.",
  );
}

/**
 * Whether a configuration asks for more updates than another, with a learning rate that does not look at their number,
 * and the other ended where metrics are written in any case.
 */
function isLonger(config: unknown, before: unknown): boolean {
  type Trained = { readonly train: { readonly updates: number; readonly metricsEvery: number }; readonly algorithm?: { readonly learningRateSchedule?: string } };
  const { updates, metricsEvery } = (before as Trained).train;
  return (config as Trained).train.updates > updates && updates % metricsEvery === 0 && (config as Trained).algorithm?.learningRateSchedule === "constant";
}

/** Dotted paths of the values in which two JSON trees differ. */
export function changedFields(a: unknown, b: unknown, prefix = ""): string[] {
  if (isObject(a) && isObject(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => changedFields(a[key], b[key], prefix === "" ? key : `${prefix}.${key}`));
  }
  return JSON.stringify(a) === JSON.stringify(b) ? [] : [prefix];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function readStatus(path: string): RunStatus {
  const file = join(path, "status.json");
  if (!existsSync(file)) return { state: "new", step: 0, updates: 0, trainSeconds: 0 };
  try {
    return JSON.parse(readFileSync(file, "utf8")) as RunStatus;
  } catch (error) {
    throw new UserError(`Cannot read "${file}": ${messageOf(error)}. Remove the file; the run goes on from its last checkpoint.`);
  }
}

export function writeStatus(path: string, status: RunStatus): Promise<void> {
  return writeFileAtomic(join(path, "status.json"), `${JSON.stringify(status, undefined, 2)}\n`);
}

const movedAside = /\.old-\d+$/;

/** Moves a run or study aside, to `<path>.old-<n>`, and returns the new place. */
export async function moveAside(path: string): Promise<string | undefined> {
  if (!existsSync(path)) return undefined;
  let n = 1;
  while (existsSync(`${path}.old-${n}`)) n++;
  await rename(path, `${path}.old-${n}`);
  return `${path}.old-${n}`;
}

/** Appends lines to metrics.jsonl and flushes them to the disk, so that a checkpoint never outlives its metrics. */
export async function appendMetrics(path: string, lines: readonly object[]): Promise<void> {
  if (lines.length === 0) return;
  const file = join(path, "metrics.jsonl");
  try {
    const handle = await open(file, "a");
    try {
      await handle.writeFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new UserError(`Cannot append to "${file}": ${messageOf(error)}. The last checkpoint stands; free some space and run the command again.`);
  }
}

/** One line of metrics.jsonl: the means of an update's metrics over the updates up to `step`. */
export interface MetricsLine {
  readonly step: number;
  readonly [metric: string]: number;
}

/** The metrics of a run; a last line that was cut off is left out. */
export function readMetrics(path: string): MetricsLine[] {
  const file = join(path, "metrics.jsonl");
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  // What follows the last line end was cut off while being written.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as MetricsLine);
}

/** Drops the metrics after `step`: a resumed run writes them again, the same. */
export async function truncateMetrics(path: string, { step }: { step: number }): Promise<void> {
  const kept = readMetrics(path).filter((line) => line.step <= step);
  await writeFileAtomic(join(path, "metrics.jsonl"), kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

/** Locks that this process holds: one that is not among them and has its number is of an earlier process. */
const held = new Set<string>();

/**
 * Takes the run for one piece of work; the returned function gives it back.
 *
 * @throws UserError if another living process holds it, or this one does already
 */
export async function lockRun(path: string): Promise<() => Promise<void>> {
  await mkdir(path, { recursive: true });
  const file = resolve(path, "lock");
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = await open(file, "wx");
      await handle.writeFile(String(process.pid));
      await handle.close();
      held.add(file);
      return async () => {
        held.delete(file);
        await rm(file, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = Number(readFileSync(file, "utf8"));
      if (held.has(file)) throw new UserError(`Cannot open run "${path}": this process is working on it already.`);
      if (holder !== process.pid && isAlive(holder)) throw new UserError(`Cannot open run "${path}": process ${holder} is working on it.`);
      await rm(file, { force: true });
    }
  }
  throw new UserError(`Cannot open run "${path}": another process took it.`);
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** What a run was made by: commit, machine, device. */
export function describeMachine(device: string): RunRecord {
  const git = (...args: string[]): string => {
    try {
      return execFileSync("git", args, { cwd: projectRoot(), encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    } catch {
      return "unknown";
    }
  };
  return {
    commit: git("rev-parse", "HEAD"),
    dirty: git("status", "--porcelain", "--untracked-files=no") !== "",
    startedAt: new Date().toISOString(),
    machine: {
      platform: `${platform()}-${arch()} ${release()}`,
      cpu: cpus()[0]?.model ?? "unknown",
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      node: process.version,
    },
    device,
  };
}

/** The record of a run that was begun before. */
export function readRecord(path: string): RunRecord | undefined {
  const file = join(path, "record.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as RunRecord) : undefined;
}

/** The device of a run that was begun before. */
export function recordedDevice(path: string): Device | undefined {
  return readRecord(path)?.device as Device | undefined;
}

/** Writes what the run is made by; a resumed run keeps its first record and lists who went on with it. */
export async function writeRecord(path: string, record: RunRecord): Promise<void> {
  const before = readRecord(path);
  const { commit, dirty, startedAt, machine } = record;
  const resumed = before === undefined ? undefined : [...((before["resumed"] as unknown[] | undefined) ?? []), { commit, dirty, startedAt, machine }];
  await writeFileAtomic(join(path, "record.json"), `${JSON.stringify(resumed === undefined ? record : { ...before, resumed }, undefined, 2)}\n`);
}

/** Notes who evaluated a run, beside who trained it. */
export async function recordEvaluation(path: string): Promise<void> {
  const { commit, dirty, startedAt, machine } = describeMachine("");
  await writeFileAtomic(join(path, "record.json"), `${JSON.stringify({ ...readRecord(path), evaluated: { commit, dirty, startedAt, machine } }, undefined, 2)}\n`);
}

export interface RunSummary {
  readonly study: string;
  readonly run: string;
  readonly path: string;
  readonly status: RunStatus;
}

/** Every run below `data/runs`, or those of one study. */
export function listRuns(study?: string): RunSummary[] {
  const base = dataPath("runs");
  const known = existsSync(base) ? readdirSync(base).filter((name) => !movedAside.test(name)) : [];
  const studies = study === undefined ? known : [oneOf(study, known, { what: "study below data/runs" })];
  return studies.sort().flatMap((name) => {
    const folder = join(base, name);
    if (!existsSync(folder)) return [];
    const runs = readdirSync(folder).filter((run) => !movedAside.test(run) && existsSync(join(folder, run, "config.json")));
    return runs.sort().map((run) => ({ study: name, run, path: join(folder, run), status: readStatus(join(folder, run)) }));
  });
}
