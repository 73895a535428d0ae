import { type Vec3, add, distanceXY, vec3 } from "./vec.js";

/** What a scripted expert sees of an observation (39). */
export interface View {
  readonly hand: Vec3;
  /** Gripper opening, 0 closed … 1. */
  readonly opening: number;
  readonly object: Vec3;
  readonly goal: Vec3;
  /** The object plus the expert's `aim` offset. */
  readonly aim: Vec3;
  readonly observation: ArrayLike<number>;
}

type Condition = (view: View) => boolean;
type Point = (view: View) => Vec3;
type Grip = (view: View) => number;

/** One stage: while `when` holds (always, if absent), move towards `to`. */
export interface Stage {
  readonly when?: Condition;
  readonly to: Point;
  /** Action per metre of distance; the script's gain if absent. */
  readonly gain?: number;
}

export interface Script {
  /** Offset of the point on the object that conditions and points refer to. */
  readonly aim?: Vec3;
  /** Action per metre of distance. */
  readonly gain: number;
  /** Gripper command: −1 open … 1 closed. */
  readonly grip: number | Grip;
  /** Tried in order; the last one has no condition. */
  readonly stages: readonly Stage[];
}

/** A scripted expert: an observation in, an action (4 float32 values, not clipped) out. */
export type Expert = (observation: ArrayLike<number>) => Float64Array;

/** Makes an expert of its script. */
export function script({ aim = [0, 0, 0], gain, grip, stages }: Script): Expert {
  return (observation) => {
    const object = vec3(observation, 4);
    const view: View = {
      hand: vec3(observation, 0),
      opening: observation[3] as number,
      object,
      goal: vec3(observation, 36),
      aim: add(object, aim),
      observation,
    };
    const stage = stages.find(({ when }) => when === undefined || when(view)) as Stage;
    const to = stage.to(view);
    const p = stage.gain ?? gain;
    const move = (axis: 0 | 1 | 2): number => Math.fround(p * (to[axis] - view.hand[axis]));
    return Float64Array.of(move(0), move(1), move(2), Math.fround(typeof grip === "number" ? grip : grip(view)));
  };
}

/** The hand is more than `limit` metres from the aim on the table. */
export const farXY = (limit: number): Condition => ({ hand, aim }) => distanceXY(hand, aim) > limit;
/** The hand is more than `limit` metres above or below the aim. */
export const farZ = (limit: number): Condition => ({ hand, aim }) => Math.abs(hand[2] - aim[2]) > limit;
/** Any of two conditions. */
export const either = (a: Condition, b: Condition): Condition => (view) => a(view) || b(view);
/** The aim, plus an offset. */
export const toAim = (x = 0, y = 0, z = 0): Point => ({ aim }) => [aim[0] + x, aim[1] + y, aim[2] + z];
/** From the hand, by an offset. */
export const fromHand = (x = 0, y = 0, z = 0): Point => ({ hand }) => [hand[0] + x, hand[1] + y, hand[2] + z];
/** The goal, plus an offset. */
export const toGoal = (x = 0, y = 0, z = 0): Point => ({ goal }) => [goal[0] + x, goal[1] + y, goal[2] + z];
/** One grip while a condition holds, another otherwise. */
export const gripWhile = (condition: Condition, yes: number, no: number): Grip => (view) => (condition(view) ? yes : no);
/** The same condition about the object plus another offset than the script's aim. */
export const about = (offset: Vec3, condition: Condition): Condition => (view) => condition({ ...view, aim: add(view.object, offset) });
