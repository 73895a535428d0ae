import { locomotionMaxSteps } from "../../envs/index.js";
import { UserError } from "../../util/index.js";
import type { Hdf5Array } from "../hdf5.js";
import type { Trajectory } from "../trajectory.js";
import { emptyTransitions, type Transitions } from "../transitions.js";
import type { D4rlData } from "./data.js";

export interface QlearningOptions {
  /** Keep the last row of an episode that timed out; its successor is then the next episode's first row. Default false, as D4RL's. */
  readonly terminateOnEnd?: boolean;
}

/**
 * D4RL's `qlearning_dataset`, row by row: s′ is the observation of the next row, rows at which an episode timed out
 * and the last row of the file are left out, rows at which the robot fell stay (their s′ belongs to the next episode
 * and must not be used: `notDone` is 0).
 *
 * Files without `timeouts` count steps instead, and count as the reference does: after a fall, or after a time-out
 * that was kept, the count starts at 1.
 *
 * @example qlearningDataset(await readD4rl("hopper_medium-v2.hdf5")).count
 */
export function qlearningDataset(data: D4rlData, { terminateOnEnd = false }: QlearningOptions = {}): Transitions {
  const { observationDim, actionDim, observations } = data;
  const { kept, episodes } = keptRows(data, terminateOnEnd);
  const count = kept.length;
  const all = emptyTransitions(count, { observationDim, actionDim });
  const starts: number[] = [];
  for (let at = 0; at < count; at++) {
    const row = kept[at] as number;
    copyRow(all.observations, { at, width: observationDim, from: observations, row });
    copyRow(all.nextObservations, { at, width: observationDim, from: observations, row: row + 1 });
    copyRow(all.actions, { at, width: actionDim, from: data.actions, row });
    all.rewards[at] = data.rewards[row] as number;
    all.notDone[at] = 1 - (data.terminals[row] as number);
    if (at === 0 || episodes[at] !== episodes[at - 1]) starts.push(at);
    all.trajectory[at] = starts.length - 1;
  }
  return { ...all, starts: Int32Array.from([...starts, count]) };
}

/** The rows that `qlearning_dataset` keeps, and the episode of each. */
function keptRows({ rows, terminals, timeouts }: D4rlData, terminateOnEnd: boolean): { kept: Int32Array; episodes: Int32Array } {
  const kept = new Int32Array(rows);
  const episodes = new Int32Array(rows);
  let count = 0;
  let episode = 0;
  let episodeStep = 0;
  for (let row = 0; row < rows - 1; row++) {
    const last = timeouts === undefined ? episodeStep === locomotionMaxSteps - 1 : timeouts[row] === 1;
    const ended = last || terminals[row] === 1;
    const keeps = terminateOnEnd || !last;
    if (keeps) {
      kept[count] = row;
      episodes[count++] = episode;
    }
    if (ended) {
      episode++;
      episodeStep = 0;
    }
    if (keeps) episodeStep++;
  }
  return { kept: kept.subarray(0, count), episodes };
}

function copyRow(target: Float32Array, { at, width, from, row }: { at: number; width: number; from: Float32Array; row: number }): void {
  for (let i = 0; i < width; i++) target[at * width + i] = from[row * width + i] as number;
}

/** An episode of a file: views on its arrays. */
export interface D4rlEpisode extends Omit<D4rlData, "metadata"> {
  /** Its first row in the file. */
  readonly start: number;
}

/**
 * D4RL's `sequence_dataset`: the finished episodes of a file in their order; rows after the last end are left out.
 *
 * Files without `timeouts` count steps as the reference does: every episode but the first is cut one step early.
 *
 * @example sequenceDataset(data).map(({ rows }) => rows) // 1000, 1000, 423, …
 */
export function sequenceDataset(data: D4rlData): D4rlEpisode[] {
  return episodeRanges(data, { asReference: true }).map(([start, end]) => episodeOf(data, { start, end }));
}

/**
 * First row and the row after the last of each finished episode. Files without `timeouts` have one after 1,000 steps;
 * `asReference`, all but the first after 999.
 */
export function episodeRanges({ rows, terminals, timeouts }: Pick<D4rlData, "rows" | "terminals" | "timeouts">, { asReference = false }: { asReference?: boolean } = {}): [start: number, end: number][] {
  const ranges: [number, number][] = [];
  let start = 0;
  let episodeStep = 0;
  for (let row = 0; row < rows; row++) {
    const last = timeouts === undefined ? episodeStep === locomotionMaxSteps - 1 : timeouts[row] === 1;
    if (last || terminals[row] === 1) {
      ranges.push([start, row + 1]);
      start = row + 1;
      episodeStep = asReference ? 1 : 0;
    } else episodeStep++;
  }
  return ranges;
}

/** Rows of a file as views on its arrays. */
export function episodeOf(data: Omit<D4rlData, "metadata">, { start, end }: { start: number; end: number }): D4rlEpisode {
  const { robot, observationDim, actionDim, observations, actions, rewards, terminals, timeouts, nextObservations, infos } = data;
  const part = ({ shape, data: values }: Hdf5Array): Hdf5Array => {
    const width = shape.slice(1).reduce((product, size) => product * size, 1);
    return { shape: [end - start, ...shape.slice(1)], data: values.subarray(start * width, end * width) };
  };
  return {
    robot,
    start,
    rows: end - start,
    observationDim,
    actionDim,
    observations: observations.subarray(start * observationDim, end * observationDim),
    actions: actions.subarray(start * actionDim, end * actionDim),
    rewards: rewards.subarray(start, end),
    terminals: terminals.subarray(start, end),
    ...(timeouts === undefined ? {} : { timeouts: timeouts.subarray(start, end) }),
    ...(nextObservations === undefined ? {} : { nextObservations: nextObservations.subarray(start * observationDim, end * observationDim) }),
    infos: Object.fromEntries(Object.entries(infos).map(([name, array]) => [name, part(array)])),
  };
}

/**
 * The finished episodes as trajectories, with an observation after the last action: from `next_observations`, or, in
 * files that lack it, by leaving out the last step of an episode that timed out and by repeating the last observation
 * of one that ended, whose value nobody may use.
 *
 * @throws UserError if no episode has ended
 * @example transitionsOf(d4rlTrajectories(data))
 */
export function d4rlTrajectories(data: D4rlData): Trajectory[] {
  const episodes = episodeRanges(data).map(([start, end]) => episodeOf(data, { start, end }));
  const trajectories = episodes.flatMap((episode) => {
    const { nextObservations, terminals, observationDim } = episode;
    const ended = terminals[episode.rows - 1] === 1;
    const steps = nextObservations === undefined && !ended ? episode.rows - 1 : episode.rows;
    return steps === 0 ? [] : [trajectoryOf(episode, { steps, last: lastObservation(episode, steps), observationDim })];
  });
  if (trajectories.length === 0) throw new UserError(`Cannot make trajectories of ${data.robot}: at least one finished episode required, got none in ${data.rows} rows.`);
  return trajectories;
}

function lastObservation({ observations, nextObservations, observationDim, rows }: D4rlEpisode, steps: number): Float32Array {
  if (nextObservations !== undefined) return nextObservations.subarray((steps - 1) * observationDim, steps * observationDim);
  const row = Math.min(steps, rows - 1);
  return observations.subarray(row * observationDim, (row + 1) * observationDim);
}

function trajectoryOf({ observations, actions, rewards, terminals, actionDim }: D4rlEpisode, { steps, last, observationDim }: { steps: number; last: Float32Array; observationDim: number }): Trajectory {
  const all = new Float64Array((steps + 1) * observationDim);
  all.set(observations.subarray(0, steps * observationDim));
  all.set(last, steps * observationDim);
  const terminations = Uint8Array.from(terminals.subarray(0, steps));
  const truncations = new Uint8Array(steps);
  truncations[steps - 1] = 1 - (terminations[steps - 1] as number);
  return { steps, observationDim, actionDim, observations: all, actions: actions.slice(0, steps * actionDim), rewards: Float64Array.from(rewards.subarray(0, steps)), terminations, truncations };
}
