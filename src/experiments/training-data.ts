import { existsSync } from "node:fs";
import type { TaskTransitions, TransitionStore } from "../algorithms/index.js";
import { collectEpisode, datasetFolder, generateMetaworld, readDataset, transitionsOf, type Episode, type GenerateOptions } from "../datasets/index.js";
import { actionDim, createMetaworldEnv, observationDim } from "../envs/index.js";
import { trajectoryPrompt } from "../prompts/index.js";
import { UserError, sha256, type ProgressFn } from "../util/index.js";
import type { RunConfig } from "./config.js";
import { promptGoalSeed } from "./goals.js";
import { fitNormaliser, normalise, type Normaliser } from "./normaliser.js";
import type { EpisodePlan } from "./rollout.js";
import { fitTexts, textVectors } from "./text-prompts.js";
import type { TrainingInputs } from "./training-inputs.js";

/** Recorded episodes of a run: those it trains on, and one prompt episode of each task that it never trains on. */
export interface RunData {
  readonly train: readonly Episode[];
  readonly prompts: readonly Episode[];
}

interface PrepareOptions {
  readonly threads?: number;
  readonly onProgress?: ProgressFn;
}

/** Episodes recorded of each unseen task; the first that succeeds is its prompt. */
const promptAttempts = 3;

/** The data sets of a configuration, below data/raw/metaworld/, named by all that decides their numbers. */
function requests(config: Pick<RunConfig, "data">): { train: GenerateOptions; prompts: GenerateOptions | undefined } {
  const { trainTasks, testTasks, episodesPerTask: episodes, noise, seed, maxSteps, stepsAfterSuccess: stepsPastSuccess } = config.data;
  const named = (kind: string, request: Omit<GenerateOptions, "out">): GenerateOptions => ({
    ...request,
    out: `${kind}-${request.tasks.length}x${request.episodes}-${sha256(JSON.stringify(request)).slice(0, 8)}`,
  });
  const prompts = { tasks: testTasks.toSorted(), episodes: promptAttempts, noise: [0], seed: promptGoalSeed(config), stepsPastSuccess };
  return {
    train: named("train", { tasks: trainTasks.toSorted(), episodes, noise, seed, maxSteps, stepsPastSuccess }),
    prompts: testTasks.length === 0 ? undefined : named("prompts", prompts),
  };
}

/** Collects the data sets that the configurations need and the disk does not hold yet; equal ones are collected once. */
export async function prepareData(configs: readonly Pick<RunConfig, "data">[], options: PrepareOptions = {}): Promise<void> {
  const wanted = configs.map(requests).flatMap(({ train, prompts }) => [train, ...(prompts === undefined ? [] : [prompts])]);
  const missing = new Map(wanted.filter(({ out }) => !existsSync(datasetFolder(out))).map((request) => [request.out, request]));
  for (const request of missing.values()) await generateMetaworld({ ...request, ...options });
}

/**
 * Reads the data sets of a configuration.
 *
 * @throws UserError if they are not there (`prepareData` collects them), damaged, or no prompt episode succeeded
 */
export async function loadData(config: Pick<RunConfig, "data">): Promise<RunData> {
  const { train, prompts } = requests(config);
  const trained = await readDataset(train.out);
  if (prompts === undefined) return { train: [...trained.tasks.values()].flat(), prompts: [] };
  const recorded = await readDataset(prompts.out);
  const first = config.data.testTasks.map((task) => {
    const found = recorded.tasks.get(task)?.find(({ success }) => success);
    if (found === undefined) throw new UserError(`Cannot prompt with a trajectory of "${task}": a successful episode is required, got none in ${promptAttempts}. Choose another data.seed.`);
    return found;
  });
  return { train: [...trained.tasks.values()].flat(), prompts: first };
}

/** An expert's episode at the goal that is evaluated: the prompt of the oracle `promptGoal: "same"`. */
export async function oraclePrompts(plans: readonly EpisodePlan[]): Promise<Map<EpisodePlan, Episode>> {
  const found = new Map<EpisodePlan, Episode>();
  for (const task of new Set(plans.map((plan) => plan.task))) {
    const env = await createMetaworldEnv(task);
    for (const plan of plans.filter((each) => each.task === task)) {
      found.set(plan, collectEpisode(env, { index: plan.episode, goal: plan.goal, seed: plan.goalSeed, noise: [0], maxSteps: 500, stepsPastSuccess: 20 }));
    }
    env.close();
  }
  return found;
}

/** Statistics of the training tasks' observations, and nothing else. */
export function trainingNormaliser(train: readonly Episode[], { data }: Pick<RunConfig, "data">): Normaliser {
  return fitNormaliser(
    train.map((episode) => episode.observations),
    { width: observationDim, rewardScale: data.rewardScale, goalVisible: data.goalVisible },
  );
}

/** The trajectory prompt of an episode, (K, S + A + 1), normalised. */
export function tokensOf(episode: Episode, { config, normaliser }: { config: Pick<RunConfig, "algorithm">; normaliser: Normaliser }): Float32Array {
  return trajectoryPrompt(episode, { steps: config.algorithm.promptSteps, normalise: (rows) => normalise(rows, normaliser), rewardScale: normaliser.rewardScale });
}

/**
 * Successful episodes that may be prompts, by the task that they prompt.
 *
 * @throws UserError if a task has none
 */
export function promptPool({ data, trajectory }: Pick<RunConfig, "data" | "trajectory">, { train, prompts }: RunData): Map<string, Episode[]> {
  const successful = (task: string): Episode[] => {
    const found = [...train, ...prompts].filter((episode) => episode.task === task && episode.success);
    if (found.length === 0) throw new UserError(`Cannot prompt with a trajectory of "${task}": a successful episode is required, got none. Raise data.episodesPerTask or data.maxSteps.`);
    return found;
  };
  const shifted = (tasks: readonly string[]): [string, Episode[]][] => {
    const shift = trajectory.content === "wrong-task" ? 1 : 0;
    if (shift === 1 && tasks.length === 1) throw new UserError(`Cannot prompt "${tasks[0]}" with another task's trajectory: at least two tasks are required among training and among test tasks, got one.`);
    return tasks.map((task, i) => [task, successful(tasks[(i + shift) % tasks.length] as string)]);
  };
  return new Map([...shifted(data.trainTasks), ...shifted(data.testTasks)]);
}

/** The training tasks' transitions and prompts as the batch sampler reads them. */
export function transitionStore(
  config: RunConfig,
  { data, normaliser, texts }: { data: RunData; normaliser: Normaliser; texts?: ReadonlyMap<string, readonly Float32Array[]> },
): TransitionStore {
  const pool = config.algorithm.useTrajectory ? promptPool(config, data) : undefined;
  const tasks = config.data.trainTasks.map((name) => {
    const episodes = data.train.filter(({ task }) => task === name);
    const prompts = (pool?.get(name) ?? []).map((episode) => ({ goal: Math.max(0, episodes.indexOf(episode)), tokens: tokensOf(episode, { config, normaliser }) }));
    return taskTransitions(name, { episodes, normaliser, prompts, texts: texts?.get(name) ?? [] });
  });
  return { tasks };
}

/** What training on Meta-World is fed with. */
export async function metaworldInputs(config: RunConfig): Promise<TrainingInputs> {
  const data = await loadData(config);
  const normaliser = trainingNormaliser(data.train, config);
  const text = config.algorithm.useText ? await fitTexts(config) : undefined;
  const texts = text === undefined ? undefined : await textVectors(config, text);
  return {
    dims: { observation: observationDim, action: actionDim, text: text?.dim ?? 1 },
    store: transitionStore(config, { data, normaliser, ...(texts === undefined ? {} : { texts }) }),
    promptGoal: config.trajectory.content === "task" ? "other" : "any",
    extra: { normaliser, ...(text === undefined ? {} : { text }) },
  };
}

function taskTransitions(
  name: string,
  { episodes, normaliser, ...prompts }: { episodes: readonly Episode[]; normaliser: Normaliser } & Pick<TaskTransitions, "prompts" | "texts">,
): TaskTransitions {
  const raw = transitionsOf(episodes);
  return {
    name,
    count: raw.count,
    observations: normalise(raw.observations, normaliser),
    actions: raw.actions,
    rewards: raw.rewards.map((reward) => reward / normaliser.rewardScale),
    nextObservations: normalise(raw.nextObservations, normaliser),
    // Success and time-outs bootstrap: in Meta-World no state ends the task.
    notDone: raw.notDone,
    // Every episode has a goal of its own.
    goalStarts: raw.starts,
    ...prompts,
  };
}
