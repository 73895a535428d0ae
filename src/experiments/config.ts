import { z } from "zod";
import { llmdpdConfig } from "../algorithms/index.js";
import { taskNames } from "../envs/index.js";
import { UserError, nearest } from "../util/index.js";
import { protocolFields, protocolNames, withProtocol } from "./protocols.js";
import { count, ours, requireMultiple, runFields, seedOf, textFields, trainFields, trajectoryFields } from "./run-fields.js";
import { mergeOverrides, noted, parseStrict, type Overrides } from "./schema.js";

const dataFields = z.strictObject({
  trainTasks: noted(z.array(z.string()).min(1).default(["door-open", "door-close"]), { about: "Meta-World tasks that are trained on", source: "set by the study" }),
  testTasks: noted(z.array(z.string()).default(["bin-picking", "box-close", "hand-insert", "door-lock", "door-unlock"]), {
    about: "Tasks never trained on: each gives its text and one prompt trajectory, nothing else",
    source: "Meta-World, test tasks of ML45",
  }),
  episodesPerTask: noted(count.default(30), { about: "Expert episodes of each training task", unit: "episodes", source: "ours, sizing sketch" }),
  noise: noted(z.array(z.number().min(0)).min(1).default([0, 0.1, 0.3]), {
    about: "Standard deviations of the Gaussian noise on the expert's actions; each episode has one of them",
    unit: "action units",
    source: "ours, sizing sketch",
  }),
  seed: noted(seedOf.default(0), { about: "Seed of goals and noise of the training data", source: ours }),
  stepsAfterSuccess: noted(z.int().min(0).default(20), { about: "Steps recorded after the first success", unit: "environment steps", source: "ours, sizing sketch" }),
  maxSteps: noted(count.max(500).default(300), { about: "Longest recorded episode", unit: "environment steps", source: "ours; Meta-World allows 500" }),
  rewardScale: noted(z.number().positive().default(10), { about: "Rewards are divided by this", source: "ours: Meta-World's rewards lie in 0 to 10" }),
  goalVisible: noted(z.boolean().default(true), { about: "The policy sees the goal's coordinates (false: they are zeroed)", source: "the experts read the goal" }),
});

const quick = protocolFields("quick");

const evaluateFields = z.strictObject({
  protocol: noted(z.enum(protocolNames).default("quick"), { about: "How episodes are played: sets the next three fields, unless they are set themselves", source: "meta-world: as published; quick: ours" }),
  episodes: noted(count.default(quick.episodes), { about: "Episodes of each task, each with a new goal", unit: "episodes", source: "the protocol" }),
  maxSteps: noted(count.max(500).default(quick.maxSteps), { about: "Steps after which an episode ends", unit: "environment steps", source: "the protocol" }),
  stopAtSuccess: noted(z.boolean().default(quick.stopAtSuccess), { about: "The first success ends an episode (false: it is played to its end)", source: "the protocol" }),
  seed: noted(seedOf.default(0), { about: "Seed of the goals of evaluation and of the policy's noise", source: ours }),
  candidates: noted(count.default(1), { about: "Actions drawn at each step, N; the critics pick one", unit: "actions", source: "1: the policy alone; Diffusion-QL: 50" }),
  promptGoal: noted(z.enum(["other", "same"]).default("other"), { about: "Goal of the prompt trajectory: another than the evaluated one, or the same (an oracle)", source: ours }),
});

/** Everything that decides a run: field by field with default, unit and source. Unknown keys are errors. */
export const runConfigSchema = z
  .strictObject({
    ...runFields,
    data: dataFields.prefault({}),
    text: textFields.prefault({}),
    trajectory: trajectoryFields.prefault({}),
    algorithm: llmdpdConfig.prefault({}),
    train: trainFields.prefault({}),
    evaluate: evaluateFields.prefault({}),
  })
  .superRefine((config, context) => {
    const issue = (path: string[], message: string): void => context.addIssue({ code: "custom", path, message });
    requireMultiple(config.train, { of: "metricsEvery", fields: ["checkpointEvery"], context });
    const both = config.data.testTasks.filter((task) => config.data.trainTasks.includes(task));
    if (both.length > 0) issue(["data", "testTasks"], `tasks that are not trained on are required (${both.join(", ")} is in both)`);
  });

/** A complete configuration of one run. */
export type RunConfig = z.output<typeof runConfigSchema>;

/**
 * A complete configuration from layers of overrides, later ones winning.
 *
 * @throws UserError for an unknown key or task (with the nearest match) or an illegal value
 * @example runConfig({ train: { updates: 4000 } }, { seed: 1 })
 */
export function runConfig(...layers: readonly Overrides[]): RunConfig {
  const config = parseStrict(runConfigSchema, { value: withProtocol(mergeOverrides(...layers)), what: "configuration" });
  for (const field of ["trainTasks", "testTasks"] as const) {
    const unknown = config.data[field].find((task) => !taskNames.includes(task));
    if (unknown === undefined) continue;
    const near = nearest(unknown, taskNames);
    throw new UserError(`Cannot use configuration: field "data.${field}" names the unknown task "${unknown}".${near === undefined ? "" : ` Did you mean "${near}"?`} Known: ${taskNames.join(", ")}.`);
  }
  return config;
}
