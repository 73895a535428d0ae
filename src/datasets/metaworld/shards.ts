// What a worker collected, kept beside the data set until all of a task is there: a killed generation goes on from it.
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { UserError, sha256, writeFileAtomic } from "../../util/index.js";
import type { Episode } from "../trajectory.js";

/** Some consecutive episodes of one task. */
export interface ShardName {
  readonly task: string;
  /** Index of the first episode. */
  readonly first: number;
}

/** Where a shard lies in the folder of an unfinished data set. */
function shardPath(folder: string, { task, first }: ShardName): string {
  return join(folder, "shards", `${task}-${first}`);
}

/** Whether a shard was written, whole. */
export function hasShard(folder: string, name: ShardName): boolean {
  return existsSync(shardPath(folder, name));
}

/** Writes a shard whole or not at all, its checksum before it. */
export async function writeShard(folder: string, { episodes, ...name }: ShardName & { episodes: readonly Episode[] }): Promise<void> {
  const bytes = serialize(episodes);
  await writeFileAtomic(shardPath(folder, name), [Buffer.from(sha256(bytes), "ascii"), bytes]);
}

/** Reads a shard. @throws UserError if it is damaged; it is removed then, so that the next attempt collects it again */
export async function readShard(folder: string, name: ShardName): Promise<Episode[]> {
  const path = shardPath(folder, name);
  const bytes = await readFile(path);
  const body = bytes.subarray(64);
  if (bytes.toString("ascii", 0, 64) === sha256(body)) return deserialize(body) as Episode[];
  await rm(path);
  throw new UserError(`Cannot read "${path}": its checksum does not fit, the disk damaged it. The same command collects these episodes again.`);
}

/** Removes a shard that the data set holds now. */
export async function removeShard(folder: string, name: ShardName): Promise<void> {
  await rm(shardPath(folder, name), { force: true });
}
