import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UserError, projectRoot } from "../util/index.js";
import { behaviourNames, presetNames } from "./metaworld/presets.js";
import type { Episode } from "./trajectory.js";

/** How a data set came about: stored in its HDF5 file and, for readers without HDF5, in its metadata.json. */
export const stampSchema = z.strictObject({
  /** Program and version that wrote it. */
  generator: z.string(),
  /** Version of what is written here. */
  format: z.literal(1),
  /** Task name without version. */
  task: z.string(),
  /** Seed of goals and noise. */
  seed: z.number().int(),
  /** Whose experts acted. */
  expert: z.literal("scripted"),
  /** The mixture by its name; "noise": each episode drew one of the levels below. */
  preset: z.enum(["noise", ...presetNames]).default("noise"),
  /** The mixture: of twenty episodes, how many of each behaviour; empty where noise levels were drawn. */
  shares: z.array(z.strictObject({ behaviour: z.enum(behaviourNames), noise: z.number(), ofTwenty: z.number() })).readonly().default([]),
  /** Standard deviations of action noise that occur. */
  noise: z.array(z.number()).readonly(),
  /** Where the goals come from. */
  goals: z.literal("drawGoals"),
  /** Whether the last three numbers of an observation show the goal. */
  observability: z.enum(["goal-visible", "goal-hidden"]),
  /** Longest episode, in steps. */
  maxSteps: z.number().int(),
  /** Steps recorded after the first success. */
  stepsPastSuccess: z.number().int(),
  /** Release whose tasks, rewards and experts these are. */
  metaworld: z.literal("3.1.1").default("3.1.1"),
  /** Physics that ran. */
  simulator: z.enum(["mujoco 3.14.0 native", "mujoco 3.14.0 wasm"]),
  /** SHA-256 of all episodes: see `checksumOf`. */
  checksum: z.string(),
});

export type DatasetStamp = z.infer<typeof stampSchema>;

/** The name under which the stamp is stored. */
export const stampKey = "llmdpd" as const;

/** The name under which metadata.json holds the summary of a task. */
export const summaryKey = "llmdpd_summary" as const;

/** @throws UserError if the text is no stamp of a version that can be read */
export function parseStamp(text: string, { file }: { file: string }): DatasetStamp {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new UserError(`Cannot read "${file}": its attribute "${stampKey}" must be JSON.`);
  }
  const { success, data, error } = stampSchema.safeParse(parsed);
  if (!success) throw new UserError(`Cannot read "${file}": its attribute "${stampKey}" is not as expected: ${z.prettifyError(error).replaceAll("\n", " ")}`);
  return data;
}

/** "llmdpd 0.1.0". */
export function generatorName(): string {
  const { name, version } = JSON.parse(readFileSync(join(projectRoot(), "package.json"), "utf8")) as { name: string; version: string };
  return `${name} ${version}`;
}

/** A running SHA-256 over the numbers of episodes in their order (little-endian): equal for equal data, however it is stored. */
export class EpisodeChecksum {
  private readonly hash = createHash("sha256");

  add({ task, index, seed, behaviour, noise, goal, pursued, observations, actions, rewards, successes, terminations, truncations }: Episode): void {
    // An expert with noise is told by the noise.
    const acted = behaviour === "expert" || behaviour === "noisy" ? "" : ` ${behaviour}`;
    this.hash.update(`${task} ${index} ${seed} ${noise}${acted} ${rewards.length}\n`);
    for (const part of [goal, ...(pursued === undefined ? [] : [pursued]), observations, actions, rewards, successes, terminations, truncations]) {
      this.hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    }
  }

  /** The checksum in hexadecimal; ends the run. */
  digest(): string {
    return this.hash.digest("hex");
  }
}
