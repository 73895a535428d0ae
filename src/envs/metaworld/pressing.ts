import { both, tolerance } from "./reward.js";
import type { Outcome, Situation } from "./task-spec.js";
import { distance } from "./vec.js";

export interface Pressing {
  /** Distance of the fingertips from the button that counts as near. */
  readonly near: number;
  /** How far the button has to go still, and how far it had at the start. */
  readonly left: number;
  readonly travel: number;
  /** The gripper's share in the approach, 0 … 1: open or closed, as the task wants it. */
  readonly grip: number;
  readonly approachWeight: number;
  /** Pressing pays within `pressReach` of the button. */
  readonly pressReach: number;
  readonly pressWeight: number;
  readonly successWithin: number;
}

/** Reward for coming near a button and pushing it in: what the button tasks and the coffee machine share. */
export function pressing({ arm, tcp, object, opening }: Situation, options: Pressing): Outcome {
  const { near, left, travel, grip, approachWeight, pressReach, pressWeight, successWithin } = options;
  const away = distance(object, tcp);
  const nearButton = tolerance(away, { to: near, margin: distance(object, arm.tcpStart) });
  const pressed = tolerance(left, { to: 0.005, margin: travel });
  return {
    reward: approachWeight * both(grip, nearButton) + (away <= pressReach ? pressWeight * pressed : 0),
    success: left <= successWithin,
    nearObject: away <= 0.05,
    graspSuccess: opening > 0,
    graspReward: nearButton,
    inPlace: pressed,
    objectToTarget: left,
  };
}
