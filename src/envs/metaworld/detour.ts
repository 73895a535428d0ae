import { tolerance } from "./reward.js";
import type { Situation } from "./task-spec.js";
import { type Vec3, distance, norm, scale, sub } from "./vec.js";

/** A way round or over a wall: how far the point on the way and the goal are reached (0 … 1), and the metres left to the goal. */
export interface Detour {
  readonly toVia: number;
  readonly toGoal: number;
  readonly left: number;
}

/** Judges the first and the second leg of the object's way; `emphasis` weighs the axes of the first. */
export function detour({ object, episode: { target, objectStart } }: Situation, { via, emphasis }: { via: Vec3; emphasis: Vec3 }): Detour {
  const left = distance(object, target);
  return {
    toVia: tolerance(norm(scale(sub(object, via), emphasis)), { to: 0.05, margin: norm(scale(sub(objectStart, via), emphasis)) }),
    toGoal: tolerance(left, { to: 0.05, margin: distance(objectStart, target) }),
    left,
  };
}
