import { cagingReward } from "./caging.js";
import { alignment } from "./reward.js";
import type { Outcome, Situation } from "./task-spec.js";
import type { Quat, Vec3 } from "./vec.js";

export interface ToolUse {
  /** Length along x within which the handle may be gripped anywhere. */
  readonly handleLength: number;
  readonly density: "high" | "medium";
  /** How the tool should lie. */
  readonly level: Quat;
  /** How far the tool does its work, 0 … 1. */
  readonly inPlace: number;
  readonly success: boolean;
  /** The full reward needs more than this beside success. */
  readonly fullAbove?: number;
}

/** Reward for holding a tool by its handle, keeping it level and working with it: what hammer and wrench share. */
export function toolReward({ arm, hand, object, observation, action, episode: { objectStart } }: Situation, options: ToolUse): Outcome {
  const { handleLength, density, level, inPlace, success, fullAbove = -Infinity } = options;
  const handle: Vec3 = Math.abs(object[0] - hand[0]) < handleLength / 2 ? [hand[0], object[1], object[2]] : object;
  const grab = cagingReward(arm, handle, { objectRadius: 0.015, padReach: 0.02, xzReach: 0.01, density, reach: 0.01, objectStart, action });
  const aligned = alignment(observation, { ideal: level, limit: 0.4 });
  const reward = (2 * grab + 6 * inPlace) * aligned;
  return {
    reward: success && reward > fullAbove ? 10 : reward,
    success,
    nearObject: aligned,
    graspSuccess: grab >= 0.5,
    graspReward: grab,
    inPlace,
    objectToTarget: 0,
  };
}
