import { type MetaworldEnv, actionDim, expertAction, observationDim } from "../../envs/index.js";
import { Rng } from "../../util/index.js";
import type { Episode } from "../trajectory.js";

/** How episodes are collected; the same for all of a data set. */
export interface CollectOptions {
  readonly seed: number;
  /** Standard deviations of action noise, one drawn per episode. */
  readonly noise: readonly number[];
  /** Longest episode, in steps. */
  readonly maxSteps: number;
  /** Steps recorded after the first success. */
  readonly stepsPastSuccess: number;
}

/**
 * One episode of the scripted expert with Gaussian action noise, clipped to [−1, 1]. It depends on the seed, the task,
 * the index and the goal alone, so that it does not matter which thread collects it.
 */
export function collectEpisode(env: MetaworldEnv, { index, goal, seed, noise: levels, maxSteps, stepsPastSuccess }: CollectOptions & { index: number; goal: Float64Array }): Episode {
  const { task } = env;
  const rng = new Rng(seed).fork("episode", task, index);
  const noise = rng.choice(levels);
  const observations = new Float64Array((maxSteps + 1) * observationDim);
  const actions = new Float32Array(maxSteps * actionDim);
  const rewards = new Float64Array(maxSteps);
  const successes = new Uint8Array(maxSteps + 1);
  let observation = env.reset(goal);
  observations.set(observation);
  let steps = 0;
  let last = maxSteps;
  while (steps < last) {
    const wanted = expertAction(task, observation);
    const action = actions.subarray(steps * actionDim, (steps + 1) * actionDim);
    for (let i = 0; i < actionDim; i++) {
      const noisy = (wanted[i] as number) + (noise > 0 ? noise * rng.normal() : 0);
      action[i] = Math.min(1, Math.max(-1, noisy));
    }
    const outcome = env.step(action);
    observation = outcome.observation;
    rewards[steps] = outcome.reward;
    steps++;
    observations.set(observation, steps * observationDim);
    successes[steps] = outcome.success ? 1 : 0;
    if (outcome.success && last === maxSteps) last = Math.min(maxSteps, steps + stepsPastSuccess);
  }
  const truncations = new Uint8Array(steps);
  truncations[steps - 1] = 1;
  return {
    task,
    index,
    goal: Float64Array.from(goal),
    seed,
    noise,
    steps,
    observationDim,
    actionDim,
    observations: observations.slice(0, (steps + 1) * observationDim),
    actions: actions.slice(0, steps * actionDim),
    rewards: rewards.slice(0, steps),
    terminations: new Uint8Array(steps),
    truncations,
    successes: successes.slice(0, steps + 1),
    success: successes.includes(1),
  };
}
