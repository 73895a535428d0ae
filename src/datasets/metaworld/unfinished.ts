// The folder in which a data set grows until it is whole: what a generation that was stopped or killed goes on from.
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UserError, writeFileAtomic } from "../../util/index.js";
import { minariPaths } from "../minari.js";
import { type DatasetStamp, stampKey, stampSchema, summaryKey } from "../stamp.js";
import { type TaskSummary, taskSummarySchema } from "../summary.js";

/** A task that is written. */
export interface WrittenTask {
  readonly stamp: DatasetStamp;
  readonly summary: TaskSummary;
}

/**
 * Makes the folder of an unfinished data set, or takes up the one that is there.
 *
 * @param plan all that decides the numbers: another plan is another data set
 * @throws UserError if the folder was begun with another plan, unless `force` gives that up
 */
export async function openUnfinished(folder: string, { plan, force }: { plan: object; force: boolean }): Promise<void> {
  const file = join(folder, "plan.json");
  const text = `${JSON.stringify(plan, null, 2)}\n`;
  const begun = existsSync(file) ? await readFile(file, "utf8") : undefined;
  if (begun === text) return;
  if (begun !== undefined && !force) {
    throw new UserError(`Cannot go on with "${folder}": it was begun with ${differences(begun, plan)}. Give the same options to go on, choose another name, or add --force to start anew.`);
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "shards"), { recursive: true });
  await writeFileAtomic(file, text);
}

/** "seed 0 (now 1)" for each field that differs. */
function differences(begun: string, plan: object): string {
  let before: Record<string, unknown> = {};
  try {
    before = JSON.parse(begun) as Record<string, unknown>;
  } catch {
    return "a plan that cannot be read";
  }
  const short = (value: unknown): string => {
    const text = JSON.stringify(value) ?? "nothing";
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  };
  return Object.entries(plan)
    .filter(([key, value]) => JSON.stringify(before[key]) !== JSON.stringify(value))
    .map(([key, value]) => `${key} ${short(before[key])} (now ${short(value)})`)
    .join(", ");
}

const metadataSchema = z.object({ [stampKey]: stampSchema, [summaryKey]: taskSummarySchema });

/** A task that was written whole, or undefined; what is left of one that was not is removed. */
export async function writtenTask(folder: string, task: string): Promise<WrittenTask | undefined> {
  const taskFolder = join(folder, `${task}-v0`);
  const { metadata } = minariPaths(taskFolder);
  if (existsSync(metadata)) {
    const parsed = metadataSchema.safeParse(JSON.parse(await readFile(metadata, "utf8")));
    if (parsed.success) return { stamp: parsed.data[stampKey], summary: parsed.data[summaryKey] };
  }
  await rm(taskFolder, { recursive: true, force: true });
  return undefined;
}

/** Puts a finished folder in its place; what stood there stands until then. */
export async function finish(folder: string, path: string): Promise<void> {
  await rm(join(folder, "shards"), { recursive: true, force: true });
  await rm(join(folder, "plan.json"), { force: true });
  const old = `${path}.old`;
  if (existsSync(path)) await rename(path, old);
  await rename(folder, path);
  await rm(old, { recursive: true, force: true });
}

/** Puts back what a process that was killed between two moves of `finish` had set aside. */
export async function recover(path: string): Promise<void> {
  const old = `${path}.old`;
  if (!existsSync(old)) return;
  if (existsSync(path)) await rm(old, { recursive: true });
  else await rename(old, path);
}
