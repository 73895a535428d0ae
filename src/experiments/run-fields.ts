import { z } from "zod";
import { deviceNames } from "../engine/index.js";
import { noted } from "./schema.js";

/** Fields that the configurations of all suites share. */

export const ours = "ours";
export const count = z.int().positive();
export const seedOf = z.int().min(0).max(999_999);

/** What names a run, and what computes it. */
export const runFields = {
  study: noted(z.string().regex(/^[\w.-]+$/).default("adhoc"), { about: "Study that the run belongs to: its folder", source: ours }),
  variant: noted(z.string().regex(/^[\w.-]+$/).default("full"), { about: "Named ablation", source: ours }),
  seed: noted(seedOf.default(0), { about: "Seed of initial parameters, batches and noise", source: ours }),
  device: noted(z.enum(deviceNames).default("auto"), { about: "What runs the updates: `llmdpd doctor` lists the devices", source: "auto: the fastest that works" }),
};

export const textFields = z.strictObject({
  encoder: noted(z.string().default("smollm2-135m"), { about: "Text model that reads the task's description", source: "ours: the smallest causal LLM at hand" }),
  paraphrases: noted(z.boolean().default(true), { about: "Training draws among a task's description and its paraphrases", source: "ours: 45 sentences are easily learnt by heart" }),
  content: noted(z.enum(["task", "empty", "shuffled", "one-hot"]).default("task"), {
    about: "What stands in for the text: the task's own, an empty one, another task's (a fixed permutation), or a one-hot task number",
    source: "controls that reviewers ask for",
  }),
});

export const trajectoryFields = z.strictObject({
  content: noted(z.enum(["task", "wrong-task"]).default("task"), { about: "Whose trajectory is the prompt: the task's own, or another task's", source: "controls that reviewers ask for" }),
});

export const trainFields = z.strictObject({
  updates: noted(count.default(8000), { about: "Updates of policy and critics", unit: "updates", source: "ours, sizing sketch" }),
  metricsEvery: noted(count.default(100), { about: "Updates averaged into one line of metrics", unit: "updates", source: ours }),
  checkpointEvery: noted(count.default(1000), { about: "Updates between checkpoints; a multiple of metricsEvery", unit: "updates", source: ours }),
  batches: noted(z.enum(["auto", "host", "device"]).default("auto"), { about: "Where batches are put together: by the host, or by the device from a data set that stays there (auto: on graphics processors, if it fits); the numbers are the same", source: ours }),
});

/** Adds an issue for each field of `train` that is not a multiple of another. */
export function requireMultiple<T extends Readonly<Record<string, unknown>>>(train: T, { of, fields, context }: { of: keyof T & string; fields: readonly (keyof T & string)[]; context: z.core.$RefinementCtx }): void {
  for (const field of fields) {
    if (Number(train[field]) % Number(train[of]) !== 0) context.addIssue({ code: "custom", path: ["train", field], message: `a multiple of train.${of} (${String(train[of])}) is required` });
  }
}
