import { type LocomotionId } from "./catalog.js";

/** What Diffusion-QL sets per data set. */
export interface DiffusionQlSettings {
  readonly dataset: LocomotionId;
  /** Adam's step size for the actor; the critic's is 3e-4 throughout. */
  readonly actorLearningRate: number;
  /** Weight η of the Q term. */
  readonly eta: number;
  /** Largest norm of the gradient, of actor and critic. */
  readonly gradientNorm: number;
  /** Updates: 2,000 epochs of 1,000. */
  readonly updates: number;
  /** Which checkpoint its offline selection takes: the one with the k-th smallest diffusion loss, counted from 0. */
  readonly topK: number;
  /** Whether rewards are scaled. */
  readonly rewardScaling: "none" | "iql-locomotion";
  readonly source: string;
}

const released = "main.py of github.com/Zhendong-Wang/Diffusion-Policies-for-Offline-RL (Wang, Hunt and Zhou 2022)";

/** Diffusion-QL's settings for the nine locomotion data sets; all else is the same for all (hidden 256, batch 256, T = 5). */
export const diffusionQlSettings: readonly DiffusionQlSettings[] = (
  [
    ["hopper-medium-v2", 9, 2],
    ["halfcheetah-medium-v2", 9, 1],
    ["walker2d-medium-v2", 1, 1],
    ["hopper-medium-replay-v2", 4, 2],
    ["halfcheetah-medium-replay-v2", 2, 0],
    ["walker2d-medium-replay-v2", 4, 1],
    ["hopper-medium-expert-v2", 5, 2],
    ["halfcheetah-medium-expert-v2", 7, 0],
    ["walker2d-medium-expert-v2", 5, 1],
  ] as const
).map(([dataset, gradientNorm, topK]) => ({ dataset, actorLearningRate: 3e-4, eta: 1, gradientNorm, updates: 2_000_000, topK, rewardScaling: "none", source: released }));
