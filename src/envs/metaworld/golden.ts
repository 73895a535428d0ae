import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { UserError, messageOf } from "../../util/index.js";

/** The version of MuJoCo whose recordings can be compared: others keep other contacts. */
export const goldenMujoco = "3.14.0";

const numbers = z.array(z.number());
const info = z.record(z.string(), z.number());
const state = z.object({
  time: z.number(),
  qpos: numbers,
  qvel: numbers,
  ctrl: numbers,
  mocap_pos: numbers,
  mocap_quat: numbers,
  qacc_warmstart: numbers,
});
const row = z.object({ step: z.number(), obs: numbers, success: z.number(), reward_f64: z.number(), info_f64: info.optional(), truncated: z.boolean().optional() });

const goldenSchema = z.object({
  format: z.literal("metaworld-golden-1"),
  task: z.string(),
  seed: z.number(),
  versions: z.object({ mujoco: z.string() }),
  rand_vec: numbers,
  reset: z.object({ obs: numbers, qpos: numbers, qvel: numbers, target_pos: numbers }),
  expert: z.object({ actions: z.array(numbers), rows: z.array(row) }),
  one_step: z.array(
    z.object({
      step: z.number(),
      state,
      py_state: z.object({ _prev_obs: numbers, curr_path_length: z.number() }),
      policy_obs: numbers,
      action: numbers,
      after: row.omit({ step: true }).extend({ qpos: numbers, qvel: numbers }),
    }),
  ),
  random: z.object({ actions: z.array(numbers), rows: z.array(row), states: z.array(z.object({ step: z.number(), qpos: numbers, qvel: numbers })) }),
});

/** A recording of one task by the Python package: a reset, one-step cases, an expert's and a random episode. */
export type Golden = z.infer<typeof goldenSchema>;

/**
 * Reads a golden file (gzipped JSON, format "metaworld-golden-1").
 *
 * @throws UserError if it cannot be read, is cut off, or is another format, naming the first field that is wrong
 */
export async function readGolden(path: string): Promise<Golden> {
  try {
    return goldenSchema.parse(JSON.parse(gunzipSync(await readFile(path)).toString("utf8")));
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    const detail = issue === undefined ? messageOf(error) : `${issue.path.join(".")}: ${issue.message}`;
    throw new UserError(`Cannot read golden file "${basename(path)}": a whole "metaworld-golden-1" file required, got ${detail}`, { cause: error });
  }
}
