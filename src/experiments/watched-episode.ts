import { drawGoals, observationDim } from "../envs/index.js";
import { UserError, oneOf } from "../util/index.js";
import { trainedAgent } from "./evaluate.js";
import { readRunConfig } from "./run-config.js";
import { evaluationGoalSeed } from "./goals.js";
import { lanesPerWorker, type EpisodePlan } from "./rollout.js";

/** One episode of a run's policy, to be played step by step. */
export interface WatchedEpisode {
  /** The run's variant and seed. */
  readonly name: string;
  /** The random vector to reset the task with. */
  readonly randVec: Float64Array;
  readonly goalVisible: boolean;
  /** The next action (4) for an observation (39) with a visible goal; once for each step, in order. */
  readonly act: (observation: Float64Array) => Promise<Float32Array>;
}

/**
 * Opens one episode of a run's policy. By default it is an episode of the run's own evaluation, action for action.
 *
 * @throws UserError if the run has no checkpoint or does not know the task
 * @example const episode = await watchedEpisode("data/runs/quick/full-seed0", { task: "door-lock", goal: 3 });
 */
export async function watchedEpisode(path: string, { task, goal = 0, goalSeed }: { task: string; goal?: number; goalSeed?: number }): Promise<WatchedEpisode> {
  const config = readRunConfig(path);
  const { trainTasks, testTasks } = config.data;
  const known = oneOf(task, [...trainTasks, ...testTasks], { what: `task of run "${path}":` });
  if (!Number.isInteger(goal) || goal < 0) throw new UserError(`Cannot watch "${task}": a goal's number from 0 on required, got ${goal}.`);
  const seed = goalSeed ?? evaluationGoalSeed(config);
  const randVec = drawGoals(known, { seed, count: goal + 1 })[goal] as Float64Array;
  const plan: EpisodePlan = { task: known, split: trainTasks.includes(known) ? "seen" : "unseen", episode: goal, goal: randVec, goalSeed: seed };
  const makeAgent = await trainedAgent(path, { config, plans: [plan] });
  // As many lanes as an evaluation has: the same program, and so the same bits.
  const agent = await makeAgent(lanesPerWorker);
  await agent.begin(0, plan);
  const active = Array.from({ length: lanesPerWorker }, (_, lane) => lane === 0);
  return {
    name: `${config.variant}, training seed ${config.seed}, ${plan.split} task`,
    randVec,
    goalVisible: config.data.goalVisible,
    act: async (observation) => {
      const observations = new Float64Array(lanesPerWorker * observationDim);
      observations.set(observation);
      const actions = await agent.act(observations, active);
      return actions.slice(0, actions.length / lanesPerWorker).map((value) => Math.max(-1, Math.min(1, value)));
    },
  };
}
