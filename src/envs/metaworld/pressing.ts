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

/** How near the fingertips are to a button and how far in it is, both 1 when done. */
export function buttonMeasures({ arm, tcp, object }: Situation, { near, left, travel }: Pick<Pressing, "near" | "left" | "travel">): { away: number; nearButton: number; pressed: number } {
  const away = distance(object, tcp);
  return {
    away,
    nearButton: tolerance(away, { to: near, margin: distance(object, arm.tcpStart) }),
    pressed: tolerance(left, { to: 0.005, margin: travel }),
  };
}

/** Reward for coming near a button and pushing it in: what the button tasks and the coffee machine share. */
export function pressing(situation: Situation, options: Pressing): Outcome {
  const { left, grip, approachWeight, pressReach, pressWeight, successWithin } = options;
  const { away, nearButton, pressed } = buttonMeasures(situation, options);
  return {
    reward: approachWeight * both(grip, nearButton) + (away <= pressReach ? pressWeight * pressed : 0),
    success: left <= successWithin,
    nearObject: away <= 0.05,
    graspSuccess: situation.opening > 0,
    graspReward: nearButton,
    inPlace: pressed,
    objectToTarget: left,
  };
}
