import { z } from "zod";
import { llmdpdConfig } from "../../algorithms/index.js";
import { robotNames } from "../../envs/index.js";
import { count, ours, requireMultiple, runFields, seedOf, textFields, trainFields, trajectoryFields } from "../run-fields.js";
import { mergeOverrides, noted, parseStrict, type Overrides } from "../schema.js";
import { regeneratedKinds } from "./regenerate.js";

/** The data sets that a policy can be trained on: "hopper-medium-replay", … */
export const locomotionDatasets: readonly string[] = regeneratedKinds.flatMap((kind) => robotNames.map((robot) => `${robot}-${kind}`));

const dataFields = z.strictObject({
  datasets: noted(z.array(z.enum(locomotionDatasets as [string, ...string[]])).min(1).default(["hopper-medium-replay", "walker2d-medium-replay"]), { about: "Data sets that one policy is trained on and evaluated with", source: "set by the study" }),
  source: noted(z.enum(["regenerated", "d4rl"]).default("regenerated"), { about: "Whose data: made here by our own behaviour policies, or D4RL's own files (v2), which `data import` or `data fetch` brought", source: "D4RL's files need a download" }),
  steps: noted(count.default(1_000_000), { about: "Rows of a regenerated medium or expert data set", unit: "environment steps", source: "D4RL" }),
  seed: noted(seedOf.default(0), { about: "Seed of regenerated data and of the training whose replay buffer is taken", source: ours }),
  rewardScaling: noted(z.enum(["none", "iql-locomotion"]).default("none"), { about: "Rewards as they are, or times 1000 / (largest − smallest return)", source: "none: Diffusion-QL on locomotion; iql-locomotion: IQL" }),
});

const trainWithEvaluations = trainFields.extend({
  evaluateEvery: noted(count.default(1000), { about: "Updates between evaluations while training; a multiple of metricsEvery", unit: "updates", source: ours }),
});

const evaluateFields = z.strictObject({
  selectionEpisodes: noted(count.default(10), { about: "Episodes of each data set's robot in an evaluation while training, whose mean score picks the best checkpoint", unit: "episodes", source: "Diffusion-QL: 10" }),
  episodes: noted(count.default(20), { about: "Episodes of each data set's robot, with other starts, that the last and the best checkpoint are judged by", unit: "episodes", source: ours }),
  candidates: noted(z.array(count).min(1).default([1, 50]), { about: "Actions drawn at each step, N, of which the critics pick one: reported apart; the last is also used while training", unit: "actions", source: "1: the policy alone; Diffusion-QL: 50" }),
  seed: noted(seedOf.default(0), { about: "Seed of starts and of the policy's noise", source: ours }),
});

/** Everything that decides a locomotion run: field by field with default, unit and source. Unknown keys are errors. */
export const locomotionConfigSchema = z
  .strictObject({
    suite: noted(z.literal("locomotion").default("locomotion"), { about: "Suite of the run", source: ours }),
    ...runFields,
    data: dataFields.prefault({}),
    text: textFields.prefault({}),
    trajectory: trajectoryFields.prefault({}),
    algorithm: llmdpdConfig.prefault({}),
    train: trainWithEvaluations.prefault({}),
    evaluate: evaluateFields.prefault({}),
  })
  .superRefine(({ train, data }, context) => {
    requireMultiple(train, { of: "metricsEvery", fields: ["checkpointEvery", "evaluateEvery"], context });
    if (new Set(data.datasets).size !== data.datasets.length) context.addIssue({ code: "custom", path: ["data", "datasets"], message: "each data set once is required" });
  });

/** A complete configuration of one locomotion run. */
export type LocomotionConfig = z.output<typeof locomotionConfigSchema>;

/**
 * A complete configuration from layers of overrides, later ones winning.
 *
 * @throws UserError for an unknown key or data set, or an illegal value
 * @example locomotionConfig({ data: { datasets: ["hopper-medium"] } }, { train: { updates: 4000 } })
 */
export function locomotionConfig(...layers: readonly Overrides[]): LocomotionConfig {
  return parseStrict(locomotionConfigSchema, { value: mergeOverrides(...layers), what: "configuration" });
}
