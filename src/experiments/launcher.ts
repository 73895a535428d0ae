import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, openSync, closeSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { projectRoot, type ProgressEvent, type ProgressFn } from "../util/index.js";

/** A command of `llmdpd` to be run in a process of its own. */
export interface Job {
  readonly name: string;
  readonly args: readonly string[];
  /** Rough duration on one core, in seconds: decides the share in the overall progress. */
  readonly weight: number;
  /** Share from 0 to 1 that an earlier launch has done (default 0). */
  readonly done?: number;
  /** Names of jobs that must have succeeded before. */
  readonly after?: readonly string[];
  /** File that takes what the command prints. */
  readonly log: string;
}

export interface JobResult {
  readonly name: string;
  readonly state: "done" | "failed" | "skipped" | "stopped";
  readonly seconds: number;
  /** Last lines that a failed command printed. */
  readonly message?: string;
}

export interface LaunchOptions {
  /** Jobs at a time (default: one per core). */
  readonly parallel?: number;
  /** Stops all jobs: each finishes its update, writes a checkpoint and ends. */
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressFn;
  readonly label?: string;
}

/** The cores that this process may use; undefined where they cannot be told. */
function allowedCores(): number[] | undefined {
  if (!existsSync("/proc/self/status")) return undefined;
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return list?.split(",").flatMap((range) => {
    const [from, to = from] = range.split("-").map(Number) as [number, number?];
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}

/**
 * Runs jobs in child processes, one per core at a time, each pinned to its core where `taskset` exists (two unpinned
 * trainings on two cores get in each other's way). A failed job skips those that wait for it; the others go on.
 *
 * @example await launch([{ name: "train full", args: ["train", "--run", path], weight: 60, log }], { parallel: 2 })
 */
export async function launch(jobs: readonly Job[], { parallel = availableParallelism(), signal, onProgress, label = "runs" }: LaunchOptions = {}): Promise<JobResult[]> {
  const cores = parallel > 1 && spawnSync("taskset", ["--version"]).status === 0 ? allowedCores() : undefined;
  const waiting = [...jobs];
  const results = new Map<string, JobResult>();
  const share = new Map(jobs.map(({ name, done = 0 }) => [name, done]));
  const detail = new Map<string, string>();
  const total = Math.round(jobs.reduce((sum, job) => sum + job.weight, 0));
  const report = (): void => {
    const done = jobs.reduce((sum, job) => sum + job.weight * (results.has(job.name) ? 1 : (share.get(job.name) as number)), 0);
    onProgress?.({ done: Math.min(Math.floor(done), results.size === jobs.length ? total : total - 1), total, label, ...(detail.size > 0 ? { detail: [...detail.values()].join("; ") } : {}) });
  };

  const takeNext = (): Job | undefined => {
    for (const job of waiting.slice()) {
      const before = (job.after ?? []).map((name) => results.get(name));
      if (before.some((result) => result !== undefined && result.state !== "done")) {
        waiting.splice(waiting.indexOf(job), 1);
        results.set(job.name, { name: job.name, state: "skipped", seconds: 0 });
      } else if (before.every((result) => result?.state === "done")) return waiting.splice(waiting.indexOf(job), 1)[0];
    }
    return undefined;
  };

  report();
  let wake: (() => void)[] = [];
  const runSlot = async (slot: number): Promise<void> => {
    for (;;) {
      if (waiting.length === 0 || signal?.aborted === true) return;
      const job = takeNext();
      if (job === undefined) {
        if (waiting.length > 0) await new Promise<void>((resolve) => wake.push(resolve));
        continue;
      }
      const core = cores?.[slot % cores.length];
      const onEvent = (event: ProgressEvent): void => {
        share.set(job.name, event.total > 0 ? event.done / event.total : 0);
        detail.set(job.name, `${job.name} ${event.done}/${event.total}`);
        report();
      };
      results.set(job.name, await runJob(job, { onEvent, ...(core === undefined ? {} : { core }), ...(signal === undefined ? {} : { signal }) }));
      detail.delete(job.name);
      report();
      const woken = wake;
      wake = [];
      for (const resolve of woken) resolve();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(parallel, jobs.length)) }, (_, slot) => runSlot(slot)));
  return jobs.map((job) => results.get(job.name) ?? { name: job.name, state: "stopped", seconds: 0 });
}

async function runJob(job: Job, { core, signal, onEvent }: { core?: number; signal?: AbortSignal; onEvent: ProgressFn }): Promise<JobResult> {
  const started = Date.now();
  mkdirSync(dirname(job.log), { recursive: true });
  const log = openSync(job.log, "w");
  const command = [process.execPath, join(projectRoot(), "scripts", "llmdpd.mjs"), ...job.args];
  const pinned = core === undefined ? command : ["taskset", "-c", String(core), ...command];
  // A process group of its own: Ctrl-C reaches the child only through us, as an orderly stop.
  const child = spawn(pinned[0] as string, pinned.slice(1), { stdio: ["ignore", log, log, "ipc"], detached: true, env: { ...process.env, LLMDPD_CHILD: "1" } });
  const stop = (): void => stopChild(child);
  signal?.addEventListener("abort", stop, { once: true });
  child.on("message", (message) => onEvent(message as ProgressEvent));
  const code = await new Promise<number | null>((resolve) => {
    child.on("error", () => resolve(-1));
    child.on("exit", resolve);
  });
  signal?.removeEventListener("abort", stop);
  closeSync(log);
  const seconds = (Date.now() - started) / 1000;
  if (code === 0) return { name: job.name, state: "done", seconds };
  if (signal?.aborted === true) return { name: job.name, state: "stopped", seconds };
  const message = readFileSync(job.log, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^\s+at |^Node\.js v/.test(line))
    .slice(-6)
    .join("\n");
  return { name: job.name, state: "failed", seconds, message: message === "" ? `ended with exit code ${String(code)}` : message };
}

function stopChild(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
}

/** Exit code of a command that was stopped in an orderly way. */
export const stoppedExitCode = 130;

/**
 * For commands: a signal that aborts on Ctrl-C, on SIGTERM, and when the process that launched this one has gone.
 * A second Ctrl-C ends the process at once.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(stoppedExitCode);
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  if (process.send !== undefined) {
    process.on("disconnect", () => controller.abort());
    // Listening must not keep a finished command alive.
    process.channel?.unref();
  }
  return controller.signal;
}

/** For commands: sends progress to the process that launched this one, if there is one. */
export function launcherProgress(): ProgressFn | undefined {
  if (process.send === undefined || process.env["LLMDPD_CHILD"] === undefined) return undefined;
  let last = 0;
  return (event) => {
    const now = Date.now();
    if (event.done < event.total && now - last < 250) return;
    last = now;
    process.send?.(event, () => {});
  };
}
