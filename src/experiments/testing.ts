/** For tests: the compiled CLI in a process of its own, interrupted when the disk says so. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { projectRoot } from "../util/index.js";

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export interface Interrupt {
  readonly signal: NodeJS.Signals;
  readonly when: () => boolean;
}

/** Runs `llmdpd` with a data folder of its own; `interrupt` sends a signal as soon as its condition holds. */
export async function runCommand(args: readonly string[], { data, interrupt }: { data: string; interrupt?: Interrupt }): Promise<Ended> {
  const child = spawn(process.execPath, [join(projectRoot(), "scripts", "llmdpd.mjs"), ...args], { env: { ...process.env, LLMDPD_DATA: data }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, output })));
  if (interrupt === undefined) return ended;
  while (!interrupt.when()) {
    if (child.exitCode !== null) return ended;
    await delay(5);
  }
  child.kill(interrupt.signal);
  return ended;
}

/** Whole lines of a file. */
export function lines(path: string): number {
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0;
}
