import { drawGoals } from "../envs/index.js";
import { UserError } from "../util/index.js";
import type { RunConfig } from "./config.js";
import type { EpisodePlan } from "./rollout.js";

/**
 * Seeds of goals by purpose. Seeds in a configuration lie below one million, so that purposes never share a seed:
 * training data use the seed as it is.
 */
const namespaces = { evaluation: 1_000_000, prompt: 2_000_000 } as const;

/** Seed of the goals that a policy is evaluated on. */
export function evaluationGoalSeed({ evaluate }: Pick<RunConfig, "evaluate">): number {
  return namespaces.evaluation + evaluate.seed;
}

/** Seed of the goals at which the one prompt episode of each unseen task was recorded. */
export function promptGoalSeed({ data }: Pick<RunConfig, "data">): number {
  return namespaces.prompt + data.seed;
}

/** The episodes of an evaluation: new goals of every training task (seen) and of every test task (unseen). */
export function planEpisodes(config: Pick<RunConfig, "data" | "evaluate">): EpisodePlan[] {
  const goalSeed = evaluationGoalSeed(config);
  const plan = (split: EpisodePlan["split"]) => (task: string): EpisodePlan[] =>
    drawGoals(task, { seed: goalSeed, count: config.evaluate.episodes }).map((goal, episode) => ({ task, split, episode, goal, goalSeed }));
  return [...config.data.trainTasks.flatMap(plan("seen")), ...config.data.testTasks.flatMap(plan("unseen"))];
}

/**
 * Checks that no goal of an evaluation was seen before.
 *
 * @throws UserError that names the task of a goal that is in both
 */
export function assertNewGoals(plans: readonly EpisodePlan[], known: readonly { readonly task: string; readonly goal: ArrayLike<number> }[]): void {
  const keyOf = (task: string, goal: ArrayLike<number>): string => `${task}:${Array.from(goal).join(",")}`;
  const seen = new Set(known.map(({ task, goal }) => keyOf(task, goal)));
  const shared = plans.find(({ task, goal }) => seen.has(keyOf(task, goal)));
  if (shared !== undefined) {
    throw new UserError(`Cannot evaluate on "${shared.task}": goals that are in no data are required, got the goal ${shared.episode} of seed ${shared.goalSeed} again. Choose another evaluate.seed.`);
  }
}
