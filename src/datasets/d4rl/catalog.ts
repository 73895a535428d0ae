import { type RobotName, robotNames } from "../../envs/index.js";
import { oneOf } from "../../util/index.js";

/** How a D4RL data set's behaviour came about. */
export type D4rlKind = "random" | "medium" | "expert" | "medium-replay" | "full-replay" | "medium-expert";

export const d4rlKinds: readonly D4rlKind[] = ["random", "medium", "expert", "medium-replay", "full-replay", "medium-expert"];

/** The three kinds on which papers report locomotion. */
export const locomotionKinds = ["medium", "medium-replay", "medium-expert"] as const satisfies readonly D4rlKind[];

/** "hopper-medium-replay-v2". */
export type LocomotionId = `${RobotName}-${(typeof locomotionKinds)[number]}-v2`;

/** The nine data sets on which papers report locomotion, in their order. */
export const locomotionIds: readonly LocomotionId[] = locomotionKinds.flatMap((kind) => robotNames.map((robot) => `${robot}-${kind}-v2` as const));

/** A D4RL locomotion data set. */
export interface D4rlSet {
  /** "hopper-medium-replay-v2". */
  readonly id: string;
  readonly robot: RobotName;
  readonly kind: D4rlKind;
  /** "hopper_medium_replay-v2.hdf5". */
  readonly file: string;
}

/** Every v2 data set of the three robots. */
export const d4rlSets: readonly D4rlSet[] = robotNames.flatMap((robot) =>
  d4rlKinds.map((kind) => ({ id: `${robot}-${kind}-v2`, robot, kind, file: `${robot}_${kind.replace("-", "_")}-v2.hdf5` })),
);

/** @throws UserError with the nearest id for an unknown one */
export function findD4rlSet(id: string): D4rlSet {
  const known = oneOf(id, d4rlSets.map((set) => set.id), { what: "D4RL data set" });
  return d4rlSets.find((set) => set.id === known) as D4rlSet;
}

/** Folders that serve the files under their D4RL names, tried in this order; `LLMDPD_D4RL_MIRRORS` (with spaces) goes before. Data under CC BY 4.0. */
export const d4rlMirrors: readonly string[] = ["http://rail.eecs.berkeley.edu/datasets/offline_rl/gym_mujoco_v2/", "https://rail.eecs.berkeley.edu/datasets/offline_rl/gym_mujoco_v2/"];
