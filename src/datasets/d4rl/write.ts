import type { Hdf5Array, Hdf5Group } from "../hdf5.js";
import { writeHdf5 } from "../hdf5.js";
import type { D4rlData } from "./data.js";

/** Rows of a chunk: large enough to compress well, small enough to read in slices. */
const chunkRows = 1 << 14;

/**
 * Writes a file in D4RL's layout, whole or not at all: gzip, a row per step. The flags are bytes, which Python reads as
 * it reads booleans.
 *
 * @throws UserError if the disk is full or the folder cannot be written; the old file stands
 * @example await writeD4rl("hopper_medium-v2.hdf5", data)
 */
export async function writeD4rl(path: string, data: D4rlData): Promise<void> {
  const { rows, observationDim, actionDim, observations, actions, rewards, terminals, timeouts, nextObservations, infos, metadata } = data;
  const arrays: Record<string, Hdf5Array> = {
    observations: { shape: [rows, observationDim], data: observations, chunkRows },
    actions: { shape: [rows, actionDim], data: actions, chunkRows },
    rewards: { shape: [rows], data: rewards, chunkRows },
    terminals: { shape: [rows], data: terminals, chunkRows },
    ...(timeouts === undefined ? {} : { timeouts: { shape: [rows], data: timeouts, chunkRows } }),
    ...(nextObservations === undefined ? {} : { next_observations: { shape: [rows, observationDim], data: nextObservations, chunkRows } }),
  };
  const groups: Record<string, Hdf5Group> = {};
  if (Object.keys(infos).length > 0) groups["infos"] = nested(Object.fromEntries(Object.entries(infos).map(([name, array]) => [name, { ...array, chunkRows }])));
  if (Object.keys(metadata).length > 0) groups["metadata"] = nested(metadata);
  await writeHdf5(path, { attributes: {}, arrays, groups });
}

/** The group that holds values by path: "policy/fc0/weight" lies in groups of its own. */
function nested(values: Readonly<Record<string, string | number | Hdf5Array>>): Hdf5Group {
  const arrays: Record<string, Hdf5Array> = {};
  const scalars: Record<string, string | number> = {};
  const inner: Record<string, Record<string, string | number | Hdf5Array>> = {};
  for (const [path, value] of Object.entries(values)) {
    const slash = path.indexOf("/");
    if (slash > 0) (inner[path.slice(0, slash)] ??= {})[path.slice(slash + 1)] = value;
    else if (typeof value === "object") arrays[path] = value;
    else scalars[path] = value;
  }
  return { attributes: {}, arrays, scalars, groups: Object.fromEntries(Object.entries(inner).map(([name, content]) => [name, nested(content)])) };
}
