import type { Episode } from "./trajectory.js";

/** A value of a table: null where a row has none. */
export type Cell = string | number | boolean | null;

/** A column of the flat table of a data set. */
export interface Column {
  readonly name: string;
  readonly type: "string" | "int32" | "float32" | "float64" | "boolean";
  /** What it holds, with its unit. */
  readonly about: string;
  /** Null in the last row of each episode: the observation after the last action. */
  readonly nullable?: boolean;
  readonly value: (episode: Episode, row: number) => Cell;
}

/** What the 18 numbers of a frame are called, as `data/README.md` documents them. */
const frame: readonly (readonly [name: string, about: string])[] = [
  ["hand_x", "hand, x in metres"],
  ["hand_y", "hand, y in metres"],
  ["hand_z", "hand, z in metres"],
  ["gripper", "opening of the gripper, 0 closed to 1 open"],
  ...["object1", "object2"].flatMap((object) => [
    ...["x", "y", "z"].map((axis) => [`${object}_${axis}`, `${object}, ${axis} in metres; 0 where the task has none`] as const),
    ...[0, 1, 2, 3].map((i) => [`${object}_q${i}`, `${object}, number ${i} of its orientation as a quaternion; 0 where the task has none`] as const),
  ]),
];

const observation: readonly (readonly [name: string, about: string])[] = [
  ...frame,
  ...frame.map(([name, about]) => [`previous_${name}`, `one step before: ${about}`] as const),
  ...["x", "y", "z"].map((axis) => [`goal_${axis}`, `goal, ${axis} in metres`] as const),
];

const actions: readonly (readonly [name: string, about: string])[] = [
  ["action_x", "move along x, −1 to 1; 1 is one centimetre"],
  ["action_y", "move along y, −1 to 1; 1 is one centimetre"],
  ["action_z", "move along z, −1 to 1; 1 is one centimetre"],
  ["action_grip", "effort of the gripper, −1 open to 1 closed"],
];

/** A number of the row's action, or of what followed it. */
const followed = (read: (episode: Episode, row: number) => Cell) => (episode: Episode, row: number) => (row < episode.steps ? read(episode, row) : null);

/**
 * The columns of the flat table: a row per observation, T + 1 of an episode of T steps. Row t holds observation t, the
 * action taken there, and the reward it brought; the last row of an episode has no action.
 */
export const columns: readonly Column[] = [
  { name: "task", type: "string", about: "task of Meta-World, without version", value: ({ task }) => task },
  { name: "episode", type: "int32", about: "index of the episode within its task", value: ({ index }) => index },
  { name: "step", type: "int32", about: "index of the observation within its episode; a step is 12.5 ms", value: (_, row) => row },
  { name: "behaviour", type: "string", about: "what acted: expert, noisy, wrong-goal or random", value: ({ behaviour }) => behaviour },
  { name: "noise", type: "float32", about: "standard deviation of the action noise", value: ({ noise }) => noise },
  ...observation.map(([name, about], i): Column => ({ name, type: "float64", about, value: (episode, row) => episode.observations[row * episode.observationDim + i] as number })),
  ...actions.map(([name, about], i): Column => ({ name, type: "float32", about, nullable: true, value: followed((episode, row) => episode.actions[row * episode.actionDim + i] as number) })),
  { name: "reward", type: "float64", about: "reward of the action, 0 to 10", nullable: true, value: followed(({ rewards }, row) => rewards[row] as number) },
  { name: "terminated", type: "boolean", about: "the action ended the task: never in Meta-World", nullable: true, value: followed(({ terminations }, row) => terminations[row] === 1) },
  { name: "truncated", type: "boolean", about: "recording stopped after this action", nullable: true, value: followed(({ truncations }, row) => truncations[row] === 1) },
  { name: "success", type: "boolean", about: "the task is done in this observation", value: ({ successes }, row) => successes[row] === 1 },
];
