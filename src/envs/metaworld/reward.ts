import type { Vec3 } from "./vec.js";

/** How a reward falls off outside its bounds: 0.1 at a distance of one margin (DeepMind control suite). */
export type Falloff = "longTail" | "gaussian";

export interface Tolerance {
  /** Lower bound of the region with value 1. */
  readonly from?: number;
  /** Upper bound of the region with value 1. */
  readonly to: number;
  /** Distance from the bounds at which the value is 0.1; 0 makes a step. */
  readonly margin: number;
  readonly falloff?: Falloff;
}

const gaussianScale = Math.sqrt(-2 * Math.log(0.1));
const longTailScale = 3; // √(1/0.1 − 1)

/**
 * 1 where `from ≤ x ≤ to`, falling towards 0 outside.
 *
 * @throws RangeError if the bounds are crossed or the margin is negative
 * @example tolerance(0.07, { to: 0.05, margin: 0.2 }) // 0.92
 */
export function tolerance(x: number, { from = 0, to, margin, falloff = "longTail" }: Tolerance): number {
  if (from > to || margin < 0) {
    throw new RangeError(`Cannot evaluate a tolerance: bounds in order and a margin ≥ 0 required, got [${from}, ${to}], ${margin}`);
  }
  if (from <= x && x <= to) return 1;
  if (margin === 0) return 0;
  const distance = (x < from ? from - x : x - to) / margin;
  if (falloff === "gaussian") {
    const scaled = distance * gaussianScale;
    return Math.exp(-0.5 * scaled * scaled);
  }
  const scaled = distance * longTailScale;
  return 1 / (scaled * scaled + 1);
}

/**
 * 1 within a radius of the goal, 0.1 at the distance where the episode began.
 *
 * @example progress(distance(object, target), { radius: 0.05, start: distance(objectStart, target) })
 */
export function progress(distance: number, { radius, start, falloff = "longTail" }: { radius: number; start: number; falloff?: Falloff }): number {
  return tolerance(distance, { to: radius, margin: Math.abs(start - radius), falloff });
}

/** Height of a funnel around a point on the table: 0 within `threshold` metres, then rising with the distance. */
export function funnel(distance: number, { threshold, slope, height }: { threshold: number; slope: number; height: number }): number {
  return distance > threshold ? slope * Math.log(distance - threshold) + height : 0;
}

/** 1 where the hand is above a floor, falling off below it. */
export function aboveFloor(hand: number, floor: number, margin = floor / 2): number {
  return hand >= floor ? 1 : tolerance(floor - hand, { to: 0.01, margin });
}

/** 1 where the first object's four numbers of orientation in an observation are `ideal`, 0 from a difference of `limit` on. */
export function alignment(observation: ArrayLike<number>, { ideal, limit }: { ideal: readonly number[]; limit: number }): number {
  const square = ideal.reduce((sum, value, i) => sum + ((observation[7 + i] as number) - value) ** 2, 0);
  return Math.max(1 - Math.sqrt(square) / limit, 0);
}

/** Rises from 0 in one corner of a box (edges along the axes) to 1 in the opposite one, as a product over the axes; 1 outside. */
export function inBox(point: Vec3, { zero, one }: { zero: Vec3; one: Vec3 }): number {
  let product = 1;
  for (const axis of [0, 1, 2] as const) {
    const [value, a, b] = [point[axis], zero[axis], one[axis]];
    if (value < Math.min(a, b) || value > Math.max(a, b)) return 1;
    product *= (value - a) / (b - a);
  }
  return product;
}

/** Hamacher's fuzzy "and" of two numbers in [0, 1]: ab / (a + b − ab). */
export function both(a: number, b: number): number {
  if (!(a >= 0 && a <= 1 && b >= 0 && b <= 1)) {
    throw new RangeError(`Cannot combine rewards: numbers in [0, 1] required, got ${a} and ${b}`);
  }
  const denominator = a + b - a * b;
  return denominator > 0 ? (a * b) / denominator : 0;
}

/** A gripper command as a number in [0, 1], 0 for opening. */
export const closing = (effort: number, full = 1): number => Math.min(Math.max(0, effort), full) / full;

/** A gripper command in [−1, 1] as a number in [0, 1]. */
export const effortOf = (effort: number): number => (Math.min(1, Math.max(-1, effort)) + 1) / 2;
