import { type RobotName, findRobot } from "../../envs/index.js";
import { UserError } from "../../util/index.js";
import type { Transitions } from "../transitions.js";

/** Returns between which D4RL's score runs: that of random actions is 0, that of its expert 100. */
export interface ReferenceReturns {
  /** Mean return of 100 random episodes. */
  readonly random: number;
  readonly expert: number;
}

/** Source: D4RL's `infos.py`; the same numbers for every data set and version of a robot. */
export const referenceReturns: Readonly<Record<RobotName, ReferenceReturns>> = {
  hopper: { random: -20.272305, expert: 3234.3 },
  halfcheetah: { random: -280.178953, expert: 12135.0 },
  walker2d: { random: 1.629008, expert: 4592.3 },
};

/**
 * D4RL's normalised score of an undiscounted return, times 100 as papers print it.
 *
 * @throws UserError for an unknown robot
 * @example normalizedScore("hopper", 3234.3) // 100
 */
export function normalizedScore(robot: string, episodeReturn: number): number {
  const { random, expert } = referenceReturns[findRobot(robot).name];
  return (100 * (episodeReturn - random)) / (expert - random);
}

/**
 * The factor by which IQL multiplies the rewards of locomotion data: 1000 / (largest − smallest return), over all
 * trajectories of `qlearningDataset`, the last and unfinished one included. Source: Kostrikov et al. 2021, released code.
 *
 * @throws UserError if all returns are equal
 */
export function iqlRewardScale({ rewards, starts }: Pick<Transitions, "rewards" | "starts">): number {
  let [smallest, largest] = [Infinity, -Infinity];
  for (let episode = 0; episode + 1 < starts.length; episode++) {
    let sum = 0;
    for (let step = starts[episode] as number; step < (starts[episode + 1] as number); step++) sum += rewards[step] as number;
    smallest = Math.min(smallest, sum);
    largest = Math.max(largest, sum);
  }
  if (!(largest > smallest)) throw new UserError(`Cannot scale rewards: trajectories of at least two different returns required, got ${starts.length - 1}.`);
  return 1000 / (largest - smallest);
}
