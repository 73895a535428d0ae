import type { Arm } from "./arm.js";
import { both, closing, tolerance } from "./reward.js";
import { type Vec3, distance, distanceXZ } from "./vec.js";

export interface Caging {
  /** Radius of the object's bounding sphere. */
  readonly objectRadius: number;
  /** Distance of a finger pad from the object (along y) that counts as caged. */
  readonly padReach: number;
  /** Distance of the fingertips from the object in x and z that counts as caged. */
  readonly xzReach: number;
  /** Gripper command that counts as closed. */
  readonly effort?: number;
  /** "high" averages caging with grasping; "medium" grasping with reaching, within `reach` metres. */
  readonly density?: "high" | "medium";
  readonly reach?: number;
}

/** Reward in [0, 1] for having the object between the fingers (along y), at the fingertips (x and z), and the gripper closed. */
export function cagingReward(arm: Arm, object: Vec3, options: Caging & { objectStart: Vec3; action: ArrayLike<number> }): number {
  const { objectRadius, padReach, xzReach, effort = 1, density, reach = 0, objectStart, action } = options;
  const pad = (y: number): number =>
    tolerance(Math.abs(y - object[1]), { from: objectRadius, to: padReach, margin: Math.abs(Math.abs(y - objectStart[1]) - padReach) });
  const alongY = both(pad(arm.body("leftpad")[1]), pad(arm.body("rightpad")[1]));
  const tcp = arm.tcp;
  const alongXZ = tolerance(distanceXZ(tcp, object), { to: xzReach, margin: distanceXZ(objectStart, arm.tcpStart) - xzReach });
  const caging = both(alongY, alongXZ);
  const gripping = caging > 0.97 ? closing(action[3] as number, effort) : 0;
  const grasp = both(caging, gripping);
  if (density === "high") return (grasp + caging) / 2;
  if (density === "medium") {
    const near = tolerance(distance(object, tcp), { to: reach, margin: Math.abs(distance(objectStart, arm.tcpStart) - reach) });
    return (grasp + near) / 2;
  }
  return grasp;
}

export interface PadCaging extends Caging {
  /** The pads grip where they are at most this much farther from the object than its radius; the command counts if absent. */
  readonly slack?: number;
  readonly objectStart: Vec3;
  readonly action: ArrayLike<number>;
}

/**
 * As `cagingReward` with high density, for the tasks whose margins along y hang on the pads' positions now (the
 * reference means their start and keeps a live view), and where each pad must stay on its side of the object.
 */
export function currentPadCaging(arm: Arm, object: Vec3, options: PadCaging): number {
  const { objectRadius, padReach, xzReach, effort = 1, slack, objectStart, action } = options;
  const left = arm.body("leftpad")[1];
  const right = arm.body("rightpad")[1];
  const pad = (gap: number, { y, to }: { y: number; to: number }): number =>
    tolerance(gap, { from: objectRadius, to, margin: Math.abs(Math.abs(object[1] - y) - padReach) });
  const pads = (to: number): number => both(pad(left - object[1], { y: left, to }), pad(object[1] - right, { y: right, to }));
  const alongXZ = tolerance(distanceXZ(arm.tcp, object), { to: xzReach, margin: distanceXZ(objectStart, arm.tcpStart) - xzReach });
  const caging = both(pads(padReach), alongXZ);
  if (slack !== undefined) return (caging + (caging > 0.95 ? pads(objectRadius + slack) : 0)) / 2;
  const gripping = caging > 0.97 ? closing(action[3] as number, effort) : 0;
  return (both(caging, gripping) + caging) / 2;
}
