import { oneOf } from "../../util/index.js";

/** Open interval. */
export type Range = readonly [low: number, high: number];

/** `v2`: what D4RL's data were recorded in; `v4` and `v5`: Gymnasium's. */
export type LocomotionVersion = "v2" | "v4" | "v5";

export type RobotName = "hopper" | "halfcheetah" | "walker2d";

/** Names under which a step tells its measures, as the reference does. */
export type Measure = "x_position" | "z_distance_from_origin" | "x_velocity" | "reward_run" | "reward_forward" | "reward_ctrl" | "reward_survive";

/** A robot of D4RL's locomotion suite: what sets it apart from the others. */
export interface Robot {
  readonly name: RobotName;
  /** Name in Gymnasium's registry, without version. */
  readonly gymnasium: string;
  readonly observationDim: number;
  readonly actionDim: number;
  /** Scene file of each version. */
  readonly scene: Readonly<Record<LocomotionVersion, string>>;
  /** Height of the torso in the scene's own pose in metres: the first number of an observation. */
  readonly startHeight: number;
  /** Simulation steps per environment step. */
  readonly frameSkip: number;
  /** Weight of the squared action that the reward loses. */
  readonly controlCost: number;
  /** Paid for every step that the robot stands; 0 where it cannot fall. */
  readonly aliveBonus: number;
  /** Bounds within which an episode goes on; a robot without them never ends one. */
  readonly healthy?: { readonly height: Range; readonly angle: Range; /** Of every joint but the first two, and of every velocity. */ readonly state?: Range };
  /** Largest velocity that an observation shows. */
  readonly velocityLimit: number;
  /** Half width of the uniform noise on positions at a reset; velocities too, or its standard deviation where they are normal. */
  readonly resetNoise: number;
  readonly resetVelocity: "uniform" | "normal";
  readonly measures: Readonly<Record<LocomotionVersion, readonly Measure[]>>;
  /** Measures that a reset tells. */
  readonly resetMeasures: Readonly<Record<LocomotionVersion, readonly Measure[]>>;
}

/** What sets the versions apart; scenes and measures are in the table of robots. */
export interface VersionRules {
  /** D4RL wraps its environments so that actions outside [−1, 1] are clipped; elsewhere the reward counts them as they are. */
  readonly clipsActions: boolean;
  /** Until v5 the bonus was paid for the falling step as well. */
  readonly aliveBonusWhenFalling: boolean;
}

export const versionRules: Readonly<Record<LocomotionVersion, VersionRules>> = {
  v2: { clipsActions: true, aliveBonusWhenFalling: true },
  v4: { clipsActions: false, aliveBonusWhenFalling: true },
  v5: { clipsActions: false, aliveBonusWhenFalling: false },
};

const everywhere = (scene: string): Robot["scene"] => ({ v2: scene, v4: scene, v5: scene });
const standing = {
  measures: {
    v2: [],
    v4: ["x_position", "x_velocity"],
    v5: ["x_position", "z_distance_from_origin", "x_velocity", "reward_forward", "reward_ctrl", "reward_survive"],
  },
  resetMeasures: { v2: [], v4: [], v5: ["x_position", "z_distance_from_origin"] },
} as const;

/** Source: Gymnasium's MuJoCo environments, which state these numbers as their defaults. */
export const locomotionRobots: readonly Robot[] = [
  {
    name: "hopper", gymnasium: "hopper", observationDim: 11, actionDim: 3, scene: everywhere("hopper.xml"), startHeight: 1.25, frameSkip: 4,
    controlCost: 1e-3, aliveBonus: 1, healthy: { height: [0.7, Infinity], angle: [-0.2, 0.2], state: [-100, 100] },
    velocityLimit: 10, resetNoise: 5e-3, resetVelocity: "uniform", ...standing,
  },
  {
    name: "halfcheetah", gymnasium: "half-cheetah", observationDim: 17, actionDim: 6, scene: everywhere("half_cheetah.xml"), startHeight: 0, frameSkip: 5,
    controlCost: 0.1, aliveBonus: 0, velocityLimit: Infinity, resetNoise: 0.1, resetVelocity: "normal",
    measures: {
      v2: ["reward_run", "reward_ctrl"],
      v4: ["x_position", "x_velocity", "reward_run", "reward_ctrl"],
      v5: ["x_position", "x_velocity", "reward_forward", "reward_ctrl"],
    },
    resetMeasures: { v2: [], v4: [], v5: ["x_position"] },
  },
  {
    // Until v5 the two feet had different friction by mistake.
    name: "walker2d", gymnasium: "walker2d", observationDim: 17, actionDim: 6, scene: { v2: "walker2d.xml", v4: "walker2d.xml", v5: "walker2d_v5.xml" }, startHeight: 1.25, frameSkip: 4,
    controlCost: 1e-3, aliveBonus: 1, healthy: { height: [0.8, 2], angle: [-1, 1] },
    velocityLimit: 10, resetNoise: 5e-3, resetVelocity: "uniform", ...standing,
  },
];

export const robotNames: readonly RobotName[] = locomotionRobots.map(({ name }) => name);

/** @throws UserError with the nearest name for an unknown robot */
export function findRobot(name: string): Robot {
  const known = oneOf(name, robotNames, { what: "robot" });
  return locomotionRobots.find((robot) => robot.name === known) as Robot;
}

/** @throws UserError with the legal set for an unknown version */
export function findVersion(name: string): LocomotionVersion {
  return oneOf(name, Object.keys(versionRules) as LocomotionVersion[], { what: "version of the locomotion environments" });
}
