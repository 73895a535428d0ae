import type { BehaviourName } from "./metaworld/presets.js";

/** One episode of any environment, as arrays: row t of `observations` is seen before action t, one row more follows the last. */
export interface Trajectory {
  /** Number of actions, T. */
  readonly steps: number;
  readonly observationDim: number;
  readonly actionDim: number;
  /** (T + 1, observationDim), by rows. */
  readonly observations: Float64Array;
  /** (T, actionDim), by rows. */
  readonly actions: Float32Array;
  /** (T). */
  readonly rewards: Float64Array;
  /** (T) 1 where the environment ended the episode. */
  readonly terminations: Uint8Array;
  /** (T) 1 where the episode was cut off from outside. */
  readonly truncations: Uint8Array;
}

/** A recorded episode of Meta-World, with all that is needed to make it again. */
export interface Episode extends Trajectory {
  /** Task name without version, "drawer-open". */
  readonly task: string;
  /** Index within its task. */
  readonly index: number;
  /** The random vector of the reset: object and goal positions in metres. */
  readonly goal: Float64Array;
  /** Seed of the data set; the noise stream is that of `new Rng(seed).fork("episode", task, index)`. */
  readonly seed: number;
  /** What acted. */
  readonly behaviour: BehaviourName;
  /** Standard deviation of the Gaussian noise on each action coordinate. */
  readonly noise: number;
  /** The random vector whose goal a wrong-goal expert pursued. */
  readonly pursued?: Float64Array;
  /** (T + 1) 1 where the task was done; 0 for the reset. */
  readonly successes: Uint8Array;
  /** Whether the task was done at any step. */
  readonly success: boolean;
}

/** Sum of an episode's rewards, undiscounted. */
export function returnOf({ rewards }: Trajectory): number {
  return rewards.reduce((sum, reward) => sum + reward, 0);
}
