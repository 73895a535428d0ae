import { type MetaworldEnv, actionDim, drawGoals, expertAction, observationDim } from "../../envs/index.js";
import { Rng } from "../../util/index.js";
import type { Episode } from "../trajectory.js";
import { type Behaviour, type PresetName, expertWith, presetBehaviour } from "./presets.js";

/** How episodes are collected; the same for all of a data set. */
export interface CollectOptions {
  readonly seed: number;
  /** Standard deviations of action noise, one drawn per episode; unused with a preset. */
  readonly noise: readonly number[];
  /** A mixture of behaviours instead of noise levels. */
  readonly preset?: PresetName;
  /** Longest episode, in steps. */
  readonly maxSteps: number;
  /** Steps recorded after the first success. */
  readonly stepsPastSuccess: number;
}

/** Experts whose path depends on the goal of the observation; the others find their way by the objects alone. */
export const goalReaders: readonly string[] = [
  "assembly", "basketball", "box-close", "coffee-pull", "coffee-push", "door-close", "hand-insert", "peg-insert-side",
  "pick-out-of-hole", "pick-place", "pick-place-wall", "plate-slide", "push", "push-back", "push-wall", "reach",
  "reach-wall", "shelf-place", "soccer", "stick-pull", "sweep", "sweep-into",
];

/** Positions within an observation: the goal, and the two objects. */
const goalAt = [36, 37, 38];
const objectsAt = [4, 5, 6, 11, 12, 13];

/** What chooses the next action (4), not clipped. */
type Actor = (observation: Float64Array) => ArrayLike<number>;

/**
 * One episode, its actions clipped to [−1, 1]. It depends on the seed, the task, the index and the goal alone, so that it
 * does not matter which thread collects it.
 *
 * @example collectEpisode(env, { index: 0, goal, seed: 0, noise: [0], maxSteps: 500, stepsPastSuccess: 20 }).success
 */
export function collectEpisode(env: MetaworldEnv, { index, goal, maxSteps, stepsPastSuccess, ...options }: CollectOptions & { index: number; goal: Float64Array }): Episode {
  const { task } = env;
  const rng = new Rng(options.seed).fork("episode", task, index);
  const chosen = options.preset === undefined ? expertWith(rng.choice(options.noise)) : presetBehaviour(options.preset, { seed: options.seed, task, index });
  const pursued = chosen.behaviour === "wrong-goal" ? wrongGoal(task, { goal, seed: rng.fork("pursued").bits() }) : undefined;
  const elsewhere = pursued === undefined ? undefined : env.reset(pursued);
  let observation = env.reset(goal);
  const act = actorOf(task, { ...chosen, rng, ...(elsewhere === undefined ? {} : { shift: shiftOf(task, { from: observation, to: elsewhere }) }) });
  const observations = new Float64Array((maxSteps + 1) * observationDim);
  const actions = new Float32Array(maxSteps * actionDim);
  const rewards = new Float64Array(maxSteps);
  const successes = new Uint8Array(maxSteps + 1);
  observations.set(observation);
  let steps = 0;
  let last = maxSteps;
  while (steps < last) {
    const wanted = act(observation);
    const action = actions.subarray(steps * actionDim, (steps + 1) * actionDim);
    for (let i = 0; i < actionDim; i++) action[i] = Math.min(1, Math.max(-1, wanted[i] as number));
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
    seed: options.seed,
    ...chosen,
    ...(pursued === undefined ? {} : { pursued }),
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

function actorOf(task: string, { behaviour, noise, rng, shift }: Behaviour & { rng: Rng; shift?: Float64Array }): Actor {
  if (behaviour === "random") return () => Float64Array.from({ length: actionDim }, () => rng.uniformIn(-1, 1));
  if (shift !== undefined) return (observation) => expertAction(task, observation.map((value, i) => value + (shift[i] as number)));
  if (noise === 0) return (observation) => expertAction(task, observation);
  return (observation) => expertAction(task, observation).map((value) => value + noise * rng.normal());
}

/** Random vectors from which the wrong one is taken. */
const candidates = 16;

/** The random vector farthest from another, in what the expert reads: the last three numbers are the goal, the first three the object. */
function wrongGoal(task: string, { goal, seed }: { goal: Float64Array; seed: number }): Float64Array {
  const part = (vector: Float64Array): Float64Array => (goalReaders.includes(task) ? vector.subarray(-3) : vector.subarray(0, 3));
  const distance = (vector: Float64Array): number => Math.hypot(...part(vector).map((value, i) => value - (part(goal)[i] as number)));
  return drawGoals(task, { seed, count: candidates }).reduce((best, vector) => (distance(vector) > distance(best) ? vector : best));
}

/** What is added to observations so that an expert goes where another random vector would lead it. */
function shiftOf(task: string, { from, to }: { from: Float64Array; to: Float64Array }): Float64Array {
  const shift = new Float64Array(observationDim);
  for (const i of goalReaders.includes(task) ? goalAt : objectsAt) shift[i] = (to[i] as number) - (from[i] as number);
  return shift;
}
