import { existsSync, readdirSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { HostArray } from "../engine/index.js";
import { readSafetensors, writeSafetensors, type SafetensorsTensor } from "../formats/index.js";
import { UserError, sha256, writeFileAtomic } from "../util/index.js";

/**
 * A checkpoint is two files: `step-00000500.safetensors` and, written last, `step-00000500.json` with its checksum.
 * A kill between the two leaves the previous pair as the newest whole one.
 */

export interface Checkpoint {
  readonly step: number;
  /** Parameters, optimiser moments and counters by path, e.g. "actor/net/l1/w". */
  readonly tensors: ReadonlyMap<string, HostArray>;
  /** What else acting needs: normalisers, sizes, encoder. */
  readonly extra: unknown;
}

interface CheckpointNote {
  readonly step: number;
  readonly sha256: string;
  readonly extra: unknown;
}

const stem = (step: number): string => `step-${String(step).padStart(8, "0")}`;

/** Steps of the checkpoints in a folder, newest first; whole or not. */
function steps(folder: string): number[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).map((name) => /^step-(\d{8})\.json$/.exec(name)?.[1]);
  return names.flatMap((digits) => (digits === undefined ? [] : [Number(digits)])).sort((a, b) => b - a);
}

/**
 * Writes a checkpoint and removes all but the newest `keep`.
 *
 * @throws UserError if the disk is full; older checkpoints stand
 */
export async function writeCheckpoint(folder: string, { step, tensors, extra, keep = 2 }: Checkpoint & { keep?: number }): Promise<void> {
  const bytes = writeSafetensors(new Map([...tensors].map(([name, array]) => [name, toTensor(name, array)])), { metadata: { step: String(step) } });
  const note: CheckpointNote = { step, sha256: sha256(bytes), extra };
  await writeFileAtomic(checkpointPath(folder, step), bytes);
  await writeFileAtomic(join(folder, `${stem(step)}.json`), `${JSON.stringify(note)}\n`);
  for (const old of steps(folder).filter((other) => other !== step).slice(keep - 1)) {
    await rm(join(folder, `${stem(old)}.json`), { force: true });
    await rm(join(folder, `${stem(old)}.safetensors`), { force: true });
  }
}

/** Where the numbers of a checkpoint lie. */
export function checkpointPath(folder: string, step: number): string {
  return join(folder, `${stem(step)}.safetensors`);
}

/**
 * The newest whole checkpoint of a folder, or undefined if there never was one; a damaged one is passed over for the
 * one before.
 *
 * @throws UserError if all are damaged, or one was written by something else
 */
export async function readCheckpoint(folder: string): Promise<Checkpoint | undefined> {
  const known = steps(folder);
  for (const step of known) {
    const checkpoint = await readOne(folder, step);
    if (checkpoint !== undefined) return checkpoint;
  }
  if (known.length > 0) throw new UserError(`Cannot read a checkpoint of "${folder}": required one that is whole, got ${known.map(stem).join(", ")} damaged. Put back a copy, or delete the folder to begin anew.`);
  return undefined;
}

/** Throws a UserError that names the first tensor with an element that is not finite. */
export function checkFinite(tensors: Checkpoint["tensors"]): void {
  for (const [name, { data }] of tensors) {
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new UserError(`Cannot use "${name}": required finite numbers, got ${data[at]} at element ${at}.`);
  }
}

async function readOne(folder: string, step: number): Promise<Checkpoint | undefined> {
  const path = checkpointPath(folder, step);
  if (!existsSync(path)) return undefined;
  const bytes = await readFile(path);
  let note: CheckpointNote;
  try {
    note = JSON.parse(await readFile(join(folder, `${stem(step)}.json`), "utf8")) as CheckpointNote;
  } catch {
    return undefined;
  }
  if (sha256(bytes) !== note.sha256) return undefined;
  const { tensors } = readSafetensors(bytes, { name: path });
  return { step, extra: note.extra, tensors: new Map([...tensors].map(([name, tensor]) => [name, fromTensor(tensor, { name, path })])) };
}

function toTensor(name: string, { shape, dtype, data }: HostArray): SafetensorsTensor {
  if (dtype === "float32") return { dtype: "F32", shape, data };
  if (dtype === "int32") return { dtype: "I32", shape, data };
  if (dtype === "bool") return { dtype: "BOOL", shape, data };
  throw new Error(`Cannot save tensor "${name}": float32, int32 or bool is required, got ${String(dtype)}`);
}

function fromTensor({ shape, dtype, data }: SafetensorsTensor, { name, path }: { name: string; path: string }): HostArray {
  if (dtype === "F32") return { shape, dtype: "float32", data: data as Float32Array };
  if (dtype === "I32") return { shape, dtype: "int32", data: data as Int32Array };
  if (dtype === "BOOL") return { shape, dtype: "bool", data: data as Uint8Array };
  throw new UserError(`Cannot load tensor "${name}" of "${path}": F32, I32 or BOOL is required, got ${dtype}.`);
}
