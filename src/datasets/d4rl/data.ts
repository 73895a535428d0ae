import { type Robot, type RobotName, findRobot, locomotionRobots } from "../../envs/index.js";
import { UserError } from "../../util/index.js";
import type { Hdf5Array } from "../hdf5.js";

/** A D4RL locomotion file in memory: one row per environment step, episodes one after the other, the last one often unfinished. */
export interface D4rlData {
  readonly robot: RobotName;
  readonly rows: number;
  readonly observationDim: number;
  readonly actionDim: number;
  /** (rows, observationDim). */
  readonly observations: Float32Array;
  /** (rows, actionDim). */
  readonly actions: Float32Array;
  /** (rows). */
  readonly rewards: Float32Array;
  /** (rows) 1 where the robot fell. */
  readonly terminals: Uint8Array;
  /** (rows) 1 at step 1000 of an episode; files before v2 lack them. */
  readonly timeouts?: Uint8Array;
  /** (rows, observationDim); some files lack them. */
  readonly nextObservations?: Float32Array;
  /** Further arrays with a row per step, without their "infos/": qpos, qvel, action_log_probs. */
  readonly infos: Readonly<Record<string, Hdf5Array>>;
  /** What the file says of its policy, without "metadata/": algorithm, iteration, policy/fc0/weight, … */
  readonly metadata: Readonly<Record<string, string | number | Hdf5Array>>;
}

/** The robots whose observations and actions have these widths. */
export function robotsOfWidth({ observationDim, actionDim }: { observationDim: number; actionDim: number }): readonly RobotName[] {
  return locomotionRobots.filter((robot) => robot.observationDim === observationDim && robot.actionDim === actionDim).map(({ name }) => name);
}

/** The robot that a file name or dataset id starts with: "hopper_medium-v2.hdf5", "mujoco/hopper/medium-v0". */
export function robotNamed(text: string): RobotName | undefined {
  return locomotionRobots.find(({ name }) => new RegExp(`(^|/)${name}(?![a-z0-9])`, "i").test(text.replaceAll("\\", "/")))?.name;
}

/**
 * Two robots have the same widths: the first row tells them apart, because one of them lies and the other stands.
 *
 * @throws UserError that names the field, if the robot does not start at this height
 */
export function checkStart({ name, startHeight }: Robot, { file, field, height }: { file: string; field: string; height: number }): void {
  if (Math.abs(height - startHeight) < 0.6) return;
  throw new UserError(`Cannot read "${file}": ${field} of ${name} must start near its height of ${startHeight} m, got ${height.toFixed(3)} at [0, 0]. Is it another robot's?`);
}

/**
 * The robot of a file: as named, or the only one with these widths.
 *
 * @throws UserError that names the field whose width is another robot's
 */
export function robotOf(named: string | undefined, { file, observationDim, actionDim }: { file: string; observationDim: number; actionDim: number }): Robot {
  const fitting = robotsOfWidth({ observationDim, actionDim });
  if (named === undefined) {
    const [only] = fitting;
    if (only !== undefined && fitting.length === 1) return findRobot(only);
    const widths = `observations of ${observationDim} and actions of ${actionDim} numbers`;
    throw new UserError(
      fitting.length === 0
        ? `Cannot read "${file}": observations and actions of ${locomotionRobots.map((robot) => `${robot.observationDim} and ${robot.actionDim} (${robot.name})`).join(", ")} numbers required, got ${widths}.`
        : `Cannot tell the robot of "${file}": ${widths} are those of ${fitting.join(" and ")}. Name it, or give the file its D4RL name, such as ${fitting[0]}_medium-v2.hdf5.`,
    );
  }
  const robot = findRobot(named);
  for (const field of ["observations", "actions"] as const) {
    const [needed, got] = field === "observations" ? [robot.observationDim, observationDim] : [robot.actionDim, actionDim];
    if (needed !== got) throw new UserError(`Cannot read "${file}" as data of ${robot.name}: ${field} of ${needed} numbers required, got ${got}. ${fitting.length === 0 ? "No robot here has them." : `Is it of ${fitting.join(" or ")}?`}`);
  }
  return robot;
}
