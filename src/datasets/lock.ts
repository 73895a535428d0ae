import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { z } from "zod";
import { UserError } from "../util/index.js";

const ownerSchema = z.object({ pid: z.number().int(), host: z.string(), since: z.string() });

/**
 * Takes a lock file, so that no two processes write the same thing. A lock whose process ended without giving it back
 * (killed, power cut) is taken over.
 *
 * @returns gives the lock back
 * @throws UserError if a running process holds it, or one on another machine, which cannot be asked
 * @example const release = await takeLock("data/raw/metaworld/mine.lock", { what: 'data set "mine"' });
 */
export async function takeLock(path: string, { what }: { what: string }): Promise<() => Promise<void>> {
  const own = JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() });
  const draft = `${path}.${process.pid}.${Math.floor(performance.now() * 1000)}`;
  await writeFile(draft, own);
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      // A hard link appears whole or not at all, and fails if the name is taken.
      if (await succeeds(link(draft, path))) return async () => await rm(path, { force: true });
      await clearStale(path, { what, aside: `${draft}.stale` });
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new UserError(`Cannot write ${what}: other processes keep taking its lock ${path}. Try again.`);
}

/** Removes the lock of a process that is gone. @throws UserError if it is not */
async function clearStale(path: string, { what, aside }: { what: string; aside: string }): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return;
  refuseIfHeld(text, { path, what });
  if (!(await succeeds(rename(path, aside)))) return;
  const moved = await readFile(aside, "utf8");
  // Between reading and moving, another process may have taken over and locked: it gets its lock back.
  if (moved !== text) await succeeds(link(aside, path));
  await rm(aside, { force: true });
}

function refuseIfHeld(text: string, { path, what }: { path: string; what: string }): void {
  const owner = parseOwner(text);
  if (owner === undefined) return;
  const { pid, host, since } = owner;
  if (host !== hostname()) throw new UserError(`Cannot write ${what}: process ${pid} on "${host}" has been writing it since ${since}. If that one is gone, delete ${path}.`);
  if (!isRunning(pid)) return;
  const who = pid === process.pid ? "this process" : `process ${pid}`;
  throw new UserError(`Cannot write ${what}: ${who} has been writing it since ${since}. Wait for it or stop it; if it is some other program by now, delete ${path}.`);
}

function parseOwner(text: string): z.infer<typeof ownerSchema> | undefined {
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function succeeds(action: Promise<void>): Promise<boolean> {
  try {
    await action;
    return true;
  } catch (error) {
    if (["EEXIST", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}
