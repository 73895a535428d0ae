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
