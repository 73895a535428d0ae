import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { UserError, messageOf } from "../../util/index.js";

const numbers = z.array(z.number());
const info = z.record(z.string(), z.number());
const state = z.object({ time: z.number(), qpos: numbers, qvel: numbers, ctrl: numbers, qacc_warmstart: numbers });
const row = z.object({ step: z.number(), obs: numbers, reward: z.number(), terminated: z.boolean(), info });

const goldenSchema = z.object({
  format: z.literal("gym-mujoco-golden-1"),
  env: z.string(),
  seed: z.number(),
  versions: z.object({ mujoco: z.string() }),
  dt: z.number(),
  reset: state.extend({ obs: numbers, info }),
  actions: z.array(numbers),
  rows: z.array(row),
  resets: z.array(state.extend({ before_step: z.number(), obs: numbers })),
  one_step: z.array(z.object({ step: z.number(), state, action: numbers, after: row.omit({ step: true }).extend({ qpos: numbers, qvel: numbers }) })),
});

/** A recording of one robot by Gymnasium: a reset, one-step cases, and an episode of random actions with its resets. */
export type LocomotionGolden = z.infer<typeof goldenSchema>;

/**
 * Reads a golden file (gzipped JSON, format "gym-mujoco-golden-1").
 *
 * @throws UserError if it cannot be read, is cut off, or is another format, naming the first field that is wrong
 */
export async function readLocomotionGolden(path: string): Promise<LocomotionGolden> {
  try {
    return goldenSchema.parse(JSON.parse(gunzipSync(await readFile(path)).toString("utf8")));
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    const detail = issue === undefined ? messageOf(error) : `${issue.path.join(".")}: ${issue.message}`;
    throw new UserError(`Cannot read golden file "${basename(path)}": a whole "gym-mujoco-golden-1" file required, got ${detail}`, { cause: error });
  }
}
