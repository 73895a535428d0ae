import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UserError, messageOf, writeFileAtomic } from "../util/index.js";
import { type Hdf5Attribute, type Hdf5Array, type Hdf5Group, openHdf5, streamHdf5 } from "./hdf5.js";
import { arrowEpisodes, openArrowEpisodes } from "./minari-arrow.js";
import type { Trajectory } from "./trajectory.js";

/** The oldest version of Minari that reads all that is written here. */
const minariVersion = "0.5.0";

/** A Gymnasium box as Minari's metadata spell it. */
export interface BoxSpace {
  readonly dtype: "float32" | "float64";
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** An episode with what Minari keeps beside its arrays. */
export interface MinariEpisode extends Trajectory {
  /** Attributes of the episode's group; "options/…" are the options of its reset. */
  readonly attributes: Readonly<Record<string, Hdf5Attribute>>;
  /** Further arrays per observation, (T + 1, …). */
  readonly infos: Readonly<Record<string, Hdf5Array>>;
}

export interface MinariDataset {
  /** What metadata.json holds. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Attributes of the HDF5 file. */
  readonly attributes: Readonly<Record<string, Hdf5Attribute>>;
  readonly episodes: readonly MinariEpisode[];
}

/** Where the data of a Minari dataset lie in its folder. */
export function minariPaths(folder: string): { hdf5: string; metadata: string } {
  return { hdf5: join(folder, "data", "main_data.hdf5"), metadata: join(folder, "data", "metadata.json") };
}

/** What is said of a dataset: known only once its last episode is written, where it sums them up. */
type Description = Pick<MinariDataset, "metadata" | "attributes">;

export interface MinariContent {
  readonly id: string;
  readonly spaces: { readonly observation: BoxSpace; readonly action: BoxSpace };
  /** Written one after the other as they come. */
  readonly episodes: Iterable<MinariEpisode> | AsyncIterable<MinariEpisode>;
  /** Called after the last episode. */
  readonly describe: () => Description;
}

/**
 * Writes a dataset in Minari's HDF5 layout: `<folder>/data/main_data.hdf5` and `metadata.json` beside it.
 * Each of the two files is written whole or not at all, the metadata last; one episode is in memory at a time.
 */
export async function writeMinari(folder: string, { id, spaces, episodes, describe }: MinariContent): Promise<void> {
  const paths = minariPaths(folder);
  let count = 0;
  let steps = 0;
  let description: Description | undefined;
  await streamHdf5(paths.hdf5, async (file) => {
    for await (const episode of episodes) {
      file.group(`episode_${count}`, episodeGroup(episode, count));
      steps += episode.steps;
      count++;
    }
    description = describe();
    file.attributes(description.attributes);
  });
  const written = {
    total_episodes: count,
    total_steps: steps,
    // Megabytes: `minari list` asks for them.
    dataset_size: Math.round(statSync(paths.hdf5).size / 1e5) / 10,
    data_format: "hdf5",
    jpeg_encoding: false,
    observation_space: boxText(spaces.observation),
    action_space: boxText(spaces.action),
    dataset_id: id,
    minari_version: minariVersion,
    ...description?.metadata,
  };
  await writeFileAtomic(paths.metadata, `${JSON.stringify(written, null, 2)}\n`);
}

function episodeGroup(episode: MinariEpisode, index: number): Hdf5Group {
  const { steps, observationDim, actionDim, observations, actions, rewards, terminations, truncations } = episode;
  return {
    attributes: { id: BigInt(index), total_steps: BigInt(steps), ...episode.attributes },
    arrays: {
      observations: { shape: [steps + 1, observationDim], data: observations },
      actions: { shape: [steps, actionDim], data: actions },
      rewards: { shape: [steps], data: rewards },
      terminations: { shape: [steps], data: terminations },
      truncations: { shape: [steps], data: truncations },
    },
    groups: { infos: { attributes: {}, arrays: episode.infos, groups: {} } },
  };
}

/** JSON with Python's names for what JSON cannot say. */
function boxText({ dtype, low, high }: BoxSpace): string {
  const list = (values: readonly number[]): string =>
    `[${values.map((value) => (value === Infinity ? "Infinity" : value === -Infinity ? "-Infinity" : Number.isInteger(value) ? value.toFixed(1) : String(value))).join(", ")}]`;
  return `{"type": "Box", "dtype": "${dtype}", "shape": [${low.length}], "low": ${list(low)}, "high": ${list(high)}}`;
}

/** An open Minari dataset: episodes are read when asked for. */
export interface MinariReader extends Description {
  readonly count: number;
  /** Reads and checks one episode. @throws UserError that names the file and the field, if one is missing, of a wrong shape, or holds NaN */
  episode(index: number): MinariEpisode;
  close(): void;
}

/**
 * Opens a Minari dataset with box observations and actions, in HDF5 or in Arrow files.
 *
 * @throws UserError that names the file, if it is missing, truncated, or no Minari dataset
 */
export async function openMinari(folder: string): Promise<MinariReader> {
  const paths = minariPaths(folder);
  const arrow = !existsSync(paths.hdf5) && arrowEpisodes(dirname(paths.hdf5)).length > 0;
  if (!arrow && !existsSync(paths.hdf5)) throw new UserError(`Cannot read dataset "${folder}": ${paths.hdf5} is needed and not there.`);
  const source = arrow ? dirname(paths.hdf5) : paths.hdf5;
  const file = arrow ? await openArrowEpisodes(source) : await openHdf5(source);
  try {
    const metadata = await readMetadata(paths.metadata);
    const names = new Set(file.names.filter((name) => /^episode_\d+$/.test(name)));
    if (names.size === 0) throw new UserError(`Cannot read "${source}": groups episode_0, episode_1, … are needed, got [${file.names.join(", ")}]. Is it a Minari dataset?`);
    const expected = metadata["total_episodes"];
    if (typeof expected === "number" && expected !== names.size) throw new UserError(`Cannot read "${source}": ${expected} episodes are needed as in metadata.json, got ${names.size}.`);
    return {
      metadata,
      attributes: file.attributes,
      count: names.size,
      episode: (index) => {
        const name = `episode_${index}`;
        if (!names.has(name)) throw new UserError(`Cannot read "${source}": ${name} is missing among ${names.size} episodes.`);
        return readEpisode(file.group(name), { file: source, name });
      },
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * Reads a whole Minari dataset with box observations and actions.
 *
 * @throws UserError that names the file and the field, if one is missing, truncated, of a wrong shape, or holds NaN
 * @example (await readMinari("data/raw/metaworld/quick/drawer-open-v0")).episodes.length
 */
export async function readMinari(folder: string): Promise<MinariDataset> {
  const reader = await openMinari(folder);
  try {
    const { metadata, attributes, count } = reader;
    return { metadata, attributes, episodes: Array.from({ length: count }, (_, index) => reader.episode(index)) };
  } finally {
    reader.close();
  }
}

async function readMetadata(path: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new UserError(`Cannot read "${path}": ${messageOf(error)}. A Minari dataset has it beside main_data.hdf5.`, { cause: error });
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  } catch (error) {
    throw new UserError(`Cannot read "${path}": ${messageOf(error)}.`, { cause: error });
  }
  throw new UserError(`Cannot read "${path}": a JSON object is needed.`);
}

function readEpisode(group: Hdf5Group, { file, name }: { file: string; name: string }): MinariEpisode {
  const fail = (field: string, problem: string): never => {
    throw new UserError(`Cannot read "${file}": ${name}/${field} ${problem}.`);
  };
  const find = (field: string): Hdf5Array => group.arrays[field] ?? fail(field, "is needed and not there");
  const [observations, actions, rewards] = [find("observations"), find("actions"), find("rewards")];
  const [steps = 0, actionDim = 1] = actions.shape;
  const observationDim = observations.shape[1] ?? 1;
  const shaped = (field: string, shape: readonly number[]): Hdf5Array => {
    const array = find(field);
    const same = array.shape.length === shape.length && shape.every((size, i) => size === array.shape[i]);
    return same ? array : fail(field, `must have shape (${shape.join(", ")}), got (${array.shape.join(", ")})`);
  };
  const flags = (field: string): Uint8Array => {
    const { data } = shaped(field, [steps]);
    const bad = data.findIndex((value: number | bigint) => Number(value) !== 0 && Number(value) !== 1);
    return bad < 0 ? Uint8Array.from(data as ArrayLike<number | bigint>, Number) : fail(field, `must hold booleans or 0 and 1, got ${data[bad]} at [${bad}]`);
  };
  if (actions.shape.length !== 2 || steps === 0) fail("actions", `must have shape (steps, actions) with at least one step, got (${actions.shape.join(", ")})`);
  shaped("observations", [steps + 1, observationDim]);
  shaped("rewards", [steps]);
  for (const [field, { data, shape }] of Object.entries({ observations, actions, rewards })) {
    if (data instanceof Float32Array || data instanceof Float64Array) {
      const bad = data.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) fail(field, `must hold finite numbers, got ${data[bad]} at [${shape.length === 1 ? bad : `${Math.floor(bad / (shape[1] as number))}, ${bad % (shape[1] as number)}`}]`);
    } else fail(field, "must hold floating-point numbers");
  }
  return {
    steps,
    observationDim,
    actionDim,
    observations: doubles(observations),
    actions: actions.data instanceof Float32Array ? actions.data : Float32Array.from(actions.data as Float64Array),
    rewards: doubles(rewards),
    terminations: flags("terminations"),
    truncations: flags("truncations"),
    attributes: group.attributes,
    infos: group.groups["infos"]?.arrays ?? {},
  };
}

const doubles = ({ data }: Hdf5Array): Float64Array => (data instanceof Float64Array ? data : Float64Array.from(data as Float32Array));
