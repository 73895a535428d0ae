import { oneOf } from "../util/index.js";
import { runConfig, type RunConfig } from "./config.js";
import { mergeOverrides, type Overrides } from "./schema.js";
import { variantNamed } from "./variants.js";

/** A set of runs that are compared with each other: overrides for all, variants and seeds. */
export interface Study {
  readonly name: string;
  readonly about: string;
  readonly variants: readonly string[];
  readonly seeds: readonly number[];
  readonly overrides: Overrides;
}

/** Training tasks of the quick study: six pairs that share a scene and want opposite things. */
const oppositePairs = [
  ["door-open", "door-close"],
  ["drawer-open", "drawer-close"],
  ["window-open", "window-close"],
  ["faucet-open", "faucet-close"],
  ["plate-slide", "plate-slide-back"],
  ["plate-slide-side", "plate-slide-back-side"],
].flat();

const table: Record<string, Omit<Study, "name">> = {
  quick: {
    about: "LLMDPD and four ablations on twelve training and five unseen tasks, in minutes on two cores",
    variants: ["full", "no-text", "no-trajectory", "smaller-llm", "no-prompts"],
    seeds: [0],
    overrides: {
      data: { trainTasks: oppositePairs, episodesPerTask: 40 },
      algorithm: {
        hidden: 128, tasksPerBatch: 12, samplesPerTask: 8, actorLearningRate: 1e-3, criticLearningRate: 1e-3, learningRateSchedule: "cosine",
        // A short training cannot wait 1,000 updates for an average that moves every fifth.
        emaFrom: 0, emaEvery: 1,
      },
      train: { updates: 4000 },
      evaluate: { protocol: "quick" },
    },
  },
  smoke: {
    about: "Every part once, in seconds: for tests, its figures mean nothing",
    variants: ["full", "no-prompts"],
    seeds: [0],
    overrides: {
      data: { trainTasks: ["door-open", "door-close"], testTasks: ["door-lock"], episodesPerTask: 2, maxSteps: 120 },
      text: { encoder: "hash" },
      algorithm: {
        hidden: 32, hiddenLayers: 2, textWidth: 8, textHidden: 16, trajectoryWidth: 8, promptSteps: 6,
        transformer: { layers: 1, width: 16, heads: 2 }, tasksPerBatch: 2, samplesPerTask: 8, emaFrom: 0,
      },
      train: { updates: 40, metricsEvery: 10, checkpointEvery: 20 },
      evaluate: { episodes: 2, maxSteps: 120 },
    },
  },
};

/** The names of all studies. */
export const studyNames: readonly string[] = Object.keys(table);

/**
 * A study by name.
 *
 * @throws UserError with the nearest match and the legal set
 */
export function studyNamed(name: string): Study {
  const known = oneOf(name, studyNames, { what: "study" });
  return { name: known, ...(table[known] as Omit<Study, "name">) };
}

/** The configuration of one run of a study; `overrides` (from `--set`) win over the study and the variant. */
export function studyRunConfig(study: Study, { variant, seed, overrides = {}, as = study.name }: { variant: string; seed: number; overrides?: Overrides; as?: string }): RunConfig {
  return runConfig(mergeOverrides(study.overrides, variantNamed(variant).overrides, overrides), { study: as, variant, seed });
}
