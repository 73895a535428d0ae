import { UserError } from "../../util/index.js";

/** What of an episode its prompt is made of; every Trajectory of the datasets is one. */
export interface PromptEpisode {
  /** Number of actions, T. */
  readonly steps: number;
  readonly observationDim: number;
  readonly actionDim: number;
  /** (T or T + 1, observationDim), by rows. */
  readonly observations: Float32Array | Float64Array;
  /** (T, actionDim), by rows. */
  readonly actions: Float32Array | Float64Array;
  /** (T). */
  readonly rewards: Float32Array | Float64Array;
}

export interface TrajectoryPromptOptions {
  /** Steps in the prompt, K. */
  readonly steps: number;
  /** Normalises rows of observations with statistics of the training data, as for the policy's own observations. */
  readonly normalise: (observations: Float32Array | Float64Array) => Float32Array;
  /** Rewards are divided by this; 10 for Meta-World. */
  readonly rewardScale?: number;
}

/**
 * The trajectory prompt ζ = (s₁, a₁, r₁, …, s_K, a_K, r_K): K steps spread evenly over one episode, first and last
 * included; an episode shorter than K repeats steps.
 *
 * @returns (K, observationDim + actionDim + 1), by rows
 * @throws UserError if the episode is empty or its arrays do not fit each other
 * @example trajectoryPrompt(episode, { steps: 24, normalise: (rows) => normalise(rows, normaliser) })
 */
export function trajectoryPrompt(episode: PromptEpisode, { steps: count, normalise, rewardScale = 10 }: TrajectoryPromptOptions): Float32Array {
  const { steps, observationDim, actionDim, observations, actions, rewards } = episode;
  if (steps < 1 || count < 1) throw new UserError(`Cannot make a trajectory prompt: at least 1 step is required, got an episode of ${steps} and a prompt of ${count}.`);
  if (observations.length < steps * observationDim || actions.length !== steps * actionDim || rewards.length !== steps) {
    throw new UserError(
      `Cannot make a trajectory prompt of ${steps} steps: ${steps * observationDim} observed numbers, ${steps * actionDim} of actions and ${steps} rewards are required, got ${observations.length}, ${actions.length} and ${rewards.length}.`,
    );
  }
  const picked = spreadSteps(steps, count);
  const seen = new Float64Array(count * observationDim);
  for (const [i, step] of picked.entries()) seen.set(observations.subarray(step * observationDim, (step + 1) * observationDim), i * observationDim);
  const normalised = normalise(seen);
  const width = observationDim + actionDim + 1;
  const prompt = new Float32Array(count * width);
  for (const [i, step] of picked.entries()) {
    prompt.set(normalised.subarray(i * observationDim, (i + 1) * observationDim), i * width);
    prompt.set(actions.subarray(step * actionDim, (step + 1) * actionDim), i * width + observationDim);
    prompt[(i + 1) * width - 1] = (rewards[step] as number) / rewardScale;
  }
  return prompt;
}

/** `count` step numbers spread evenly over 0 … steps − 1, both ends included. */
export function spreadSteps(steps: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (count === 1 ? steps - 1 : Math.floor((i * (steps - 1)) / (count - 1))));
}
