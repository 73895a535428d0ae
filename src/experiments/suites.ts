import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ProgressFn } from "../util/index.js";
import { baselines, collectTables, describeStudy, type StudyTables } from "./collect.js";
import type { RunConfig } from "./config.js";
import { baselinePath, openBaseline } from "./evaluate.js";
import { collectLocomotion, describeLocomotion, type LocomotionTables } from "./locomotion/collect.js";
import type { LocomotionConfig } from "./locomotion/config.js";
import { locomotionBaselinePath, locomotionBaselines, openLocomotionBaseline } from "./locomotion/evaluate.js";
import { prepareLocomotion } from "./locomotion/training-data.js";
import { locomotionInputs } from "./locomotion/training-inputs.js";
import { isLocomotion, type AnyRunConfig } from "./run-config.js";
import { writeSimilarity } from "./text-prompts.js";
import { metaworldInputs, prepareData } from "./training-data.js";
import type { TrainingInputs } from "./training-inputs.js";

interface WorkOptions {
  readonly threads?: number;
  readonly onProgress?: ProgressFn;
}

/** The folder of a row that no training stands behind. */
export interface BaselineFolder {
  readonly name: string;
  readonly path: string;
}

/** What differs between suites of tasks; training, studies and commands know nothing else of them. */
export interface Suite<C> {
  /** Collects or brings the data that the configurations need and the disk does not hold yet. */
  readonly prepareData: (configs: readonly C[], options: WorkOptions) => Promise<void>;
  readonly trainingInputs: (config: C) => Promise<TrainingInputs>;
  /** Opens the folders of a study's baselines. */
  readonly openBaselines: (config: C) => Promise<readonly BaselineFolder[]>;
  /** Gathers the evaluated runs of a study into tables, and says what they show. */
  readonly collect: (study: string, options: { folder: string; variants: readonly string[]; paths: readonly string[]; config: C }) => Promise<{ tables: StudyTables | LocomotionTables; description: string }>;
  /** Rough seconds on one core: they weigh the phases in the overall progress and decide nothing else. */
  readonly cost: (config: C) => Readonly<Record<"data" | "training" | "evaluation", number>>;
}

const metaworld: Suite<RunConfig> = {
  prepareData,
  trainingInputs: metaworldInputs,
  openBaselines: async (config) => {
    for (const baseline of baselines) await openBaseline(baseline, { config });
    return baselines.map((name) => ({ name, path: baselinePath(config.study, name) }));
  },
  collect: async (study, { folder, variants, paths, config }) => {
    await writeSimilarity(join(folder, "text-similarity.csv"), { config });
    const tables = await collectTables(study, { variants, paths });
    return { tables, description: describeStudy(tables) };
  },
  cost: ({ data, train, evaluate }) => ({
    data: data.trainTasks.length * data.episodesPerTask * 0.08,
    training: train.updates * 0.025,
    evaluation: (data.trainTasks.length + data.testTasks.length) * evaluate.episodes * 0.15,
  }),
};

const locomotion: Suite<LocomotionConfig> = {
  prepareData: prepareLocomotion,
  trainingInputs: locomotionInputs,
  openBaselines: async (config) => {
    for (const baseline of locomotionBaselines) await openLocomotionBaseline(baseline, { config });
    return locomotionBaselines.map((name) => ({ name, path: locomotionBaselinePath(config.study, name) }));
  },
  collect: async (study, { variants, paths }) => {
    const tables = await collectLocomotion(study, { variants, paths });
    return { tables, description: describeLocomotion(tables) };
  },
  cost: ({ data, train, evaluate }) => {
    const episode = (evaluate.candidates.at(-1) as number) > 1 ? 1.2 : 0.3;
    const evaluations = Math.ceil(train.updates / train.evaluateEvery);
    return {
      data: data.datasets.length * (data.source === "d4rl" ? 5 : 60),
      training: train.updates * 0.04 + evaluations * evaluate.selectionEpisodes * data.datasets.length * episode,
      evaluation: 2 * evaluate.candidates.length * evaluate.episodes * data.datasets.length * episode,
    };
  },
};

/** The suite of a configuration. */
export function suiteOf<C extends AnyRunConfig>(config: C): Suite<C> {
  return (isLocomotion(config) ? locomotion : metaworld) as unknown as Suite<C>;
}

/** Whether a run was evaluated to its end. */
export function hasEpisodes(path: string): boolean {
  return existsSync(join(path, "episodes.csv"));
}
