/**
 * What a Meta-World task is here: a small declaration over the shared arm. Tasks that share a scene share a file
 * under `tasks/`, and `registry.ts` lists them all.
 *
 * How to add one, reading the reference class of Meta-World v3 (facts and formulas only):
 *
 * 1. `scene` is the XML; `handStart`, `handLow`, `handHigh` the hand's start and box. Where the reference keeps
 *    float32 (`dtype=np.float32` in its `init_config`) write `f32(0, 0.6, 0.2)`: the rounding is part of the physics.
 * 2. `resetBox` bounds the random vector, the only random input of a reset; `accepts` is the reference's rejection
 *    loop; `random` says in words what varies. `goalBox` (default: the hand's box) clips the goal part of observations.
 * 3. `objects` are one or two probes, position and quaternion, read after each forward pass. Mind the convention:
 *    `bodyTurn` is MuJoCo's (w, x, y, z); `geomTurn`, `siteTurn` and `bodyMatrixTurn` are SciPy's (x, y, z, w); some
 *    tasks report zeros. The second object's position is `vec3(observation, 11)`.
 * 4. `reset` runs after the hand has been put to its start. It places things and returns the `Episode`: `target`,
 *    `objectStart`, and whatever else the reward needs (extend the interface; the type follows by `defineTask<E>`).
 *    The environment runs hand reset + `reset` twice, with MuJoCo's data reset between, as the reference does:
 *    positions read in the first run may be stale, so do not "improve" the order of reads, writes and forwards.
 *    Attributes that are live views in the reference (see `live_views` of a golden file) are read in `reward` instead.
 * 5. `reward` sees a `Situation`: the observation clipped to its bounds and what is usually read from it, the arm, the
 *    action (float32 values, not clipped) and the episode. It returns reward, success and the four measures of `info`.
 *    `arm.handStart` is the declared start; `arm.tcpStart` the fingertips after the hand reset.
 * 6. `expert` is the scripted policy: stages tried in order, each with a condition, a point to move to and a gain, plus
 *    a grip command. `aim` is the object's position plus an offset, to which conditions and points refer.
 *
 * Then `npx --no llmdpd parity metaworld <folder of golden files>` tells whether it is right: observations within
 * 1e-9, rewards within 1e-8, actions of the expert within 1e-9.
 *
 * @example
 * export const drawerOpen = defineTask({
 *   name: "drawer-open", scene: "sawyer_xyz/sawyer_drawer.xml", random: "the drawer along x",
 *   handStart: f32(0, 0.6, 0.2), resetBox: { low: [-0.1, 0.9, 0], high: [0.1, 0.9, 0] },
 *   objects: [{ position: bodyAt("drawer_link", [0, -0.16, 0]), turn: bodyTurn("drawer_link") }],
 *   reset: (arm, [x, y, z]) => …, reward: ({ object, hand, episode }) => …, expert: stages({ … }),
 * });
 */
import type { Arm } from "./arm.js";
import type { Expert } from "./policy.js";
import type { Quat, Vec3 } from "./vec.js";

export interface Box {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** What the observation reports of one object: position in metres and four numbers of orientation. */
export interface ObjectProbe {
  readonly position: (arm: Arm) => Vec3;
  readonly turn: (arm: Arm) => Quat;
}

/** What one reset fixes. */
export interface Episode {
  /** The goal, in metres. */
  readonly target: Vec3;
  readonly objectStart: Vec3;
}

/** What a reward sees after a step. */
export interface Situation<E extends Episode = Episode> {
  readonly arm: Arm;
  readonly episode: E;
  /** 39 numbers, clipped to the observation bounds. */
  readonly observation: Float64Array;
  /** 4 float32 values, not clipped. */
  readonly action: ArrayLike<number>;
  /** From the observation: hand, gripper opening (0 closed … 1), first object. */
  readonly hand: Vec3;
  readonly opening: number;
  readonly object: Vec3;
  /** Centre of the fingertips. */
  readonly tcp: Vec3;
}

/** What a task says of a step; the measures are Meta-World's `info` and mean what each task makes of them. */
export interface Outcome {
  /** 0 … 10. */
  readonly reward: number;
  readonly success: boolean;
  readonly nearObject: number | boolean;
  readonly graspSuccess: number | boolean;
  readonly graspReward: number;
  readonly inPlace: number;
  readonly objectToTarget: number;
}

/** One task, declared. Lengths in metres, angles in radians. */
export interface TaskSpec<E extends Episode = Episode> {
  readonly name: string;
  /** Scene file below Meta-World's assets. */
  readonly scene: string;
  /** What the random vector changes, in words. */
  readonly random: string;
  readonly handStart: Vec3;
  readonly handLow?: Vec3;
  readonly handHigh?: Vec3;
  readonly goalBox?: Box;
  readonly resetBox: Box;
  /** False for random vectors that the reference draws again. */
  readonly accepts?: (randVec: readonly number[]) => boolean;
  readonly objects: readonly ObjectProbe[];
  readonly reset: (arm: Arm, randVec: readonly number[]) => E;
  readonly reward: (situation: Situation<E>) => Outcome;
  readonly expert: Expert;
}

/** A task whose own episode type is closed over: what the environment and the registry handle. */
export type Task = Omit<TaskSpec, "reset" | "reward"> & {
  readonly begin: (arm: Arm, randVec: readonly number[]) => RunningEpisode;
};

/** An episode with its reward, which is asked with this very episode in the situation. */
export interface RunningEpisode {
  readonly episode: Episode;
  readonly judge: (situation: Situation) => Outcome;
}

/** Makes a task of its declaration. */
export function defineTask<E extends Episode = Episode>({ reset, reward, ...rest }: TaskSpec<E>): Task {
  return {
    ...rest,
    begin: (arm, randVec) => {
      const episode = reset(arm, randVec);
      return { episode, judge: (situation) => reward(situation as Situation<E>) };
    },
  };
}
