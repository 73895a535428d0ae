import { existsSync } from "node:fs";
import { mkdir, open, readFile, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import type { LocomotionEnv } from "../../envs/index.js";
import { UserError, messageOf } from "../../util/index.js";

/** Where the numbers of one recorded step lie in its row: s, a, r, notDone, s′, timeout, positions, velocities. */
export interface RowLayout {
  readonly observation: number;
  readonly action: number;
  readonly qpos: number;
  readonly qvel: number;
  /** Numbers in a row. */
  readonly stride: number;
}

/** The layout for a robot. */
export function rowLayout({ observationDim, actionDim, simulation }: Pick<LocomotionEnv, "observationDim" | "actionDim" | "simulation">): RowLayout {
  const { nq, nv } = simulation;
  return { observation: observationDim, action: actionDim, qpos: nq, qvel: nv, stride: 2 * observationDim + actionDim + 3 + nq + nv };
}

/** Where each part of a row begins. */
export function rowParts({ observation: s, action: a, qpos }: RowLayout): Readonly<Record<"action" | "reward" | "notDone" | "next" | "timeout" | "qpos" | "qvel", number>> {
  const next = s + a + 2;
  return { action: s, reward: s + a, notDone: s + a + 1, next, timeout: next + s, qpos: next + s + 1, qvel: next + s + 1 + qpos };
}

/** How one step of an environment ended. */
export interface SteppedRow {
  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
  /** The robot's next observation. */
  readonly observation: Float64Array;
}

/**
 * Takes an environment one step on and writes the row. A fall at the very last step counts as a time-out, as in D4RL's files.
 *
 * @param row the row to fill, of which the action is there already
 */
export function stepInto(row: Float32Array, { env, observation, layout }: { env: LocomotionEnv; observation: Float64Array; layout: RowLayout }): SteppedRow {
  const at = rowParts(layout);
  row.set(observation, 0);
  row.set(env.simulation.qpos, at.qpos);
  row.set(env.simulation.qvel, at.qvel);
  const step = env.step(row.subarray(at.action, at.reward));
  row[at.reward] = step.reward;
  row[at.notDone] = Number(!step.terminated || step.truncated);
  row[at.timeout] = Number(step.truncated);
  row.set(step.observation, at.next);
  return step;
}

/** Every step of a training, in memory and in a file that only grows. */
export class Replay {
  private readonly memory: Float32Array;
  private filled: number;
  private saved: number;

  private constructor(
    private readonly path: string,
    readonly layout: RowLayout,
    { memory, count }: { memory: Float32Array; count: number },
  ) {
    this.memory = memory;
    this.filled = count;
    this.saved = count;
  }

  /**
   * Opens the buffer of a training that has made `count` steps; rows after them are cut off.
   *
   * @throws UserError if the file holds fewer
   */
  static async open(path: string, { layout, capacity, count }: { layout: RowLayout; capacity: number; count: number }): Promise<Replay> {
    const memory = new Float32Array(capacity * layout.stride);
    await mkdir(dirname(path), { recursive: true });
    if (count > 0) memory.set(await readRows(path, { count, layout }));
    if (existsSync(path)) await truncate(path, count * layout.stride * 4);
    return new Replay(path, layout, { memory, count });
  }

  get count(): number {
    return this.filled;
  }

  get table(): Float32Array {
    return this.memory;
  }

  get stride(): number {
    return this.layout.stride;
  }

  /** The next row, to be filled at once. */
  add(): Float32Array {
    const { stride } = this.layout;
    const row = this.memory.subarray(this.filled * stride, (this.filled + 1) * stride);
    this.filled++;
    return row;
  }

  /** Appends to the file what was added since, and flushes it to the disk. */
  async save(): Promise<void> {
    const { stride } = this.layout;
    const rows = this.memory.subarray(this.saved * stride, this.filled * stride);
    try {
      const file = await open(this.path, "a");
      try {
        await file.writeFile(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      throw new UserError(`Cannot append to "${this.path}": ${messageOf(error)}. The last checkpoint stands; free some space and run the command again.`, { cause: error });
    }
    this.saved = this.filled;
  }
}

/** The first rows of a replay file. @throws UserError if it holds fewer */
export async function readRows(path: string, { count, layout }: { count: number; layout: RowLayout }): Promise<Float32Array> {
  const bytes = existsSync(path) ? await readFile(path) : Buffer.alloc(0);
  const held = Math.floor(bytes.byteLength / (4 * layout.stride));
  if (held < count) throw new UserError(`Cannot read "${path}": ${count} recorded steps required, got ${held}. Put back a copy, or begin anew with --fresh.`);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + count * layout.stride * 4));
}
