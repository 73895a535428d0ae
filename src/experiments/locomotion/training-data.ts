import { existsSync } from "node:fs";
import type { LlmdpdDims, TransitionStore } from "../../algorithms/index.js";
import { importData, iqlRewardScale, localPath, readLocomotion, returnOf, type Trajectory, type Transitions } from "../../datasets/index.js";
import { findRobot, type RobotName } from "../../envs/index.js";
import { trajectoryPrompt } from "../../prompts/index.js";
import type { ProgressFn } from "../../util/index.js";
import { fitNormaliser, normalise, type Normaliser } from "../normaliser.js";
import { openRun, runPath } from "../run-store.js";
import { behaviourConfig, levelReached } from "./behaviour-config.js";
import type { LocomotionConfig } from "./config.js";
import { generateLocomotion, regeneratedId, type RegeneratedKind } from "./regenerate.js";
import { behaviourEvaluations, trainBehaviour } from "./train-behaviour.js";

type DataConfig = Pick<LocomotionConfig, "data">;

/** One data set of a run. */
export interface LocomotionSet {
  /** "hopper-medium-replay", whoever made it. */
  readonly name: string;
  /** Under which it lies below data/raw. */
  readonly id: string;
  readonly robot: RobotName;
  readonly kind: RegeneratedKind;
}

/** The data sets of a configuration. */
export function locomotionSets({ data }: DataConfig): LocomotionSet[] {
  return data.datasets.map((name) => {
    const robot = name.slice(0, name.indexOf("-")) as RobotName;
    const kind = name.slice(robot.length + 1) as RegeneratedKind;
    const id = data.source === "d4rl" ? `${name}-v2` : regeneratedId({ robot, dataset: kind, steps: data.steps, seed: data.seed });
    return { name, id, robot, kind };
  });
}

/** Widths that hold every robot of a configuration; a smaller robot's rows end in zeros. */
export function locomotionWidths(config: DataConfig): Omit<LlmdpdDims, "text"> {
  const robots = locomotionSets(config).map(({ robot }) => findRobot(robot));
  const actions = robots.map((robot) => robot.actionDim);
  return { observation: Math.max(...robots.map((robot) => robot.observationDim)), action: Math.max(...actions), mixedActions: new Set(actions).size > 1 };
}

/**
 * Brings the data sets that the configurations need and the disk does not hold yet: D4RL's own from where it keeps
 * them, others by playing our behaviour policies, or by training one up to the medium level for its replay buffer.
 */
export async function prepareLocomotion(configs: readonly DataConfig[], { onProgress }: { onProgress?: ProgressFn } = {}): Promise<void> {
  const progress = onProgress === undefined ? {} : { onProgress };
  for (const { data } of configs) {
    for (const { id, robot, kind } of locomotionSets({ data })) {
      if (existsSync(localPath(id))) continue;
      if (data.source === "d4rl") {
        await importData(id, progress);
        continue;
      }
      const { steps, seed } = data;
      const replay = kind === "medium-replay";
      if (replay) await trainToMedium(robot, { seed, ...progress });
      await generateLocomotion({ robot, dataset: kind, seed, ...(replay ? {} : { steps }), ...progress });
    }
  }
}

/** Trains a behaviour until its replay buffer is that of a medium level, unless it was trained before. */
async function trainToMedium(robot: RobotName, { seed, onProgress }: { seed: number; onProgress?: ProgressFn }): Promise<void> {
  const path = runPath("behaviour", { variant: robot, seed });
  if (levelReached("medium", behaviourEvaluations(path))) return;
  await openRun(path, { config: behaviourConfig({ robot, seed }) });
  await trainBehaviour(path, { level: "medium", ...(onProgress === undefined ? {} : { onProgress }) });
}

/** A data set in memory, at the widths of its run. */
export interface LoadedSet extends LocomotionSet {
  readonly transitions: Transitions;
  /** Finished episodes. */
  readonly episodes: readonly Trajectory[];
  /** Of this data set alone. */
  readonly normaliser: Normaliser;
  /** Root mean square of its rewards, by which those of prompts are divided. */
  readonly rewardSize: number;
}

/** Reads the data sets of a configuration. @throws UserError if one is not there (`prepareLocomotion` brings it) or damaged */
export async function loadLocomotion(config: DataConfig): Promise<LoadedSet[]> {
  const widths = locomotionWidths(config);
  const loaded: LoadedSet[] = [];
  for (const set of locomotionSets(config)) {
    const data = await readLocomotion(set.id, { robot: set.robot });
    const transitions = widened(data.transitions(), widths);
    const episodes = data.trajectories().map((episode) => widened(episode, widths));
    const rewardScale = config.data.rewardScaling === "none" ? 1 : 1 / iqlRewardScale(transitions);
    const normaliser = fitNormaliser([transitions.observations], { width: widths.observation, rewardScale, goalVisible: true });
    const rewardSize = Math.sqrt(transitions.rewards.reduce((sum, reward) => sum + reward * reward, 0) / transitions.count);
    loaded.push({ ...set, transitions, episodes, normaliser, rewardSize });
  }
  return loaded;
}

type Rows = { readonly observationDim: number; readonly actionDim: number; readonly observations: Float32Array | Float64Array; readonly nextObservations?: Float32Array; readonly actions: Float32Array };

/** Rows with zeros at their ends, where another robot has more numbers. */
function widened<T extends Rows>(rows: T, { observation, action }: { observation: number; action: number }): T {
  const { observationDim, actionDim } = rows;
  if (observationDim === observation && actionDim === action) return rows;
  return {
    ...rows,
    observationDim: observation,
    actionDim: action,
    observations: padded(rows.observations, { from: observationDim, to: observation }),
    actions: padded(rows.actions, { from: actionDim, to: action }),
    ...(rows.nextObservations === undefined ? {} : { nextObservations: padded(rows.nextObservations, { from: observationDim, to: observation }) }),
  };
}

function padded<A extends Float32Array | Float64Array>(values: A, { from, to }: { from: number; to: number }): A {
  const count = values.length / from;
  const wide = new (values.constructor as new (length: number) => A)(count * to);
  for (let row = 0; row < count; row++) wide.set(values.subarray(row * from, (row + 1) * from), row * to);
  return wide;
}

/** Trajectory prompts of a data set, (K, S + A + 1) each: from the tenth of its episodes with the highest returns, the best first. */
export function promptTokens({ episodes, normaliser, rewardSize }: LoadedSet, { steps }: { steps: number }): Float32Array[] {
  const best = episodes.toSorted((one, two) => returnOf(two) - returnOf(one)).slice(0, Math.max(1, Math.floor(episodes.length / 10)));
  return best.map((episode) => trajectoryPrompt(episode, { steps, normalise: (rows) => normalise(rows, normaliser), rewardScale: rewardSize }));
}

/** Trajectory prompts by the data set that they prompt: its own, or with `wrong-task` those of the next. */
export function promptPool(sets: readonly LoadedSet[], { trajectory, algorithm }: Pick<LocomotionConfig, "trajectory" | "algorithm">): Map<string, Float32Array[]> {
  const shift = trajectory.content === "wrong-task" ? 1 : 0;
  return new Map(sets.map(({ name }, i) => [name, promptTokens(sets[(i + shift) % sets.length] as LoadedSet, { steps: algorithm.promptSteps })]));
}

/** Transitions and prompts as the batch sampler reads them: a data set is a task. */
export function locomotionStore(config: LocomotionConfig, { sets, texts }: { sets: readonly LoadedSet[]; texts?: ReadonlyMap<string, readonly Float32Array[]> }): TransitionStore {
  const pool = config.algorithm.useTrajectory ? promptPool(sets, config) : undefined;
  return {
    tasks: sets.map(({ name, robot, transitions, normaliser }) => ({
      name,
      count: transitions.count,
      observations: normalise(transitions.observations, normaliser),
      actions: transitions.actions,
      actionWidth: findRobot(robot).actionDim,
      rewards: transitions.rewards.map((reward) => reward / normaliser.rewardScale),
      nextObservations: normalise(transitions.nextObservations, normaliser),
      notDone: transitions.notDone,
      // There are no goals: all rows belong to one.
      goalStarts: Int32Array.of(0, transitions.count),
      prompts: (pool?.get(name) ?? []).map((tokens) => ({ goal: 0, tokens })),
      texts: texts?.get(name) ?? [],
    })),
  };
}
