import { existsSync } from "node:fs";
import { type ProgressFn, messageOf, sha256File } from "../util/index.js";
import { catalogTasks } from "./catalog.js";
import { type ImportRecord, importRecord, localPath } from "./d4rl/store.js";
import { taskFolders, toEpisode } from "./dataset.js";
import { type MinariReader, minariPaths, openMinari } from "./minari.js";
import { type DatasetStamp, EpisodeChecksum, parseStamp, stampKey } from "./stamp.js";
import type { Episode } from "./trajectory.js";

/** What the checks of one task found. */
export interface TaskVerdict {
  readonly task: string;
  readonly file: string;
  readonly episodes: number;
  readonly steps: number;
  /** One line each; none: all is well. */
  readonly problems: readonly string[];
}

/** Problems that are reported in full. */
const reported = 10;

/**
 * Checks every number of a data set: shapes and lengths, NaN, actions within [−1, 1], flags of termination and
 * truncation, successes, provenance, and the checksum; of an imported D4RL or Minari data set, the file's checksum.
 * Problems are returned, not thrown.
 *
 * @throws UserError if there is no such data set
 * @example (await verifyDataset("mine")).every(({ problems }) => problems.length === 0)
 */
export async function verifyDataset(name: string, { onProgress }: { onProgress?: ProgressFn } = {}): Promise<TaskVerdict[]> {
  const imported = importRecord(name);
  if (imported !== undefined) return [await verifyImported(imported)];
  const total = catalogTasks(name).reduce((sum, { episodes }) => sum + episodes, 0);
  const verdicts: TaskVerdict[] = [];
  let done = 0;
  for (const [task, folder] of taskFolders(name)) {
    const verdict = await verifyTask(folder, task);
    verdicts.push(verdict);
    done += verdict.episodes;
    onProgress?.({ done: Math.min(done, total), total, label: "checking episodes", detail: task });
  }
  return verdicts;
}

/** Compares the file with the checksum that was noted when it was imported and checked. */
async function verifyImported({ id, robot, format, sha256, summary }: ImportRecord): Promise<TaskVerdict> {
  const path = localPath(id);
  const file = format === "minari" ? minariPaths(path).hdf5 : path;
  const verdict = { task: robot, file, episodes: summary.episodes, steps: summary.rows };
  if (!existsSync(file)) return { ...verdict, problems: ["the file is not there any more"] };
  const got = await sha256File(file);
  return { ...verdict, problems: sha256 === undefined || got === sha256 ? [] : [`checksum is ${got}, must be ${sha256}: the file was altered since it was imported`] };
}

async function verifyTask(folder: string, task: string): Promise<TaskVerdict> {
  const file = minariPaths(folder).hdf5;
  const problems: string[] = [];
  let steps = 0;
  let reader: MinariReader;
  try {
    reader = await openMinari(folder);
  } catch (error) {
    return { task, file, episodes: 0, steps, problems: [messageOf(error)] };
  }
  try {
    const stamp = attempt(() => stampOf(reader, { file, task }), problems);
    const checksum = new EpisodeChecksum();
    let whole = stamp !== undefined;
    for (let index = 0; index < reader.count; index++) {
      const found = attempt(() => {
        const episode = reader.episode(index);
        steps += episode.steps;
        if (stamp === undefined) return undefined;
        const ours = toEpisode(episode, { index, file, stamp });
        for (const problem of problemsOf(ours, stamp)) problems.push(`episode_${index}: ${problem}`);
        if (episode.attributes["total_steps"] !== episode.steps) problems.push(`episode_${index}: attribute total_steps is ${String(episode.attributes["total_steps"])} for ${episode.steps} actions`);
        return ours;
      }, problems);
      if (found === undefined) whole = false;
      else checksum.add(found);
    }
    if (whole && stamp !== undefined) {
      const got = checksum.digest();
      if (got !== stamp.checksum) problems.push(`checksum is ${got}, must be ${stamp.checksum}: the numbers were altered since they were written`);
      const told = reader.metadata["total_steps"];
      if (told !== steps) problems.push(`metadata.json tells of ${String(told)} steps, there are ${steps}`);
    }
    const more = problems.length - reported;
    return { task, file, episodes: reader.count, steps, problems: more > 0 ? [...problems.slice(0, reported), `… and ${more} more`] : problems };
  } finally {
    reader.close();
  }
}

/** The provenance of a task. @throws UserError if there is none, or it is another task's */
function stampOf(reader: MinariReader, { file, task }: { file: string; task: string }): DatasetStamp {
  const text = reader.attributes[stampKey];
  if (typeof text !== "string") throw new Error(`no provenance: the attribute "${stampKey}" is not there, another program made this`);
  const stamp = parseStamp(text, { file });
  if (stamp.task !== task) throw new Error(`the folder is named after "${task}", its provenance names "${stamp.task}"`);
  return stamp;
}

function attempt<T>(check: () => T, problems: string[]): T | undefined {
  try {
    return check();
  } catch (error) {
    problems.push(messageOf(error));
    return undefined;
  }
}

/** What reading does not refuse and is wrong all the same. */
function problemsOf({ steps, actions, rewards, terminations, truncations, successes, success, seed, noise, behaviour }: Episode, stamp: DatasetStamp): string[] {
  const outside = actions.findIndex((value) => !(Math.abs(value) <= 1));
  const reward = rewards.findIndex((value) => value < 0 || value > 10.001);
  const known = stamp.shares.length === 0 ? stamp.noise.includes(noise) : stamp.shares.some((share) => share.behaviour === behaviour && share.noise === noise);
  return [
    ...(steps > stamp.maxSteps ? [`${steps} steps, at most ${stamp.maxSteps} are allowed`] : []),
    ...(outside >= 0 ? [`action ${Math.floor(outside / 4)} holds ${String(actions[outside])}, outside [−1, 1]`] : []),
    ...(reward >= 0 ? [`reward ${reward} is ${String(rewards[reward])}, outside [0, 10]`] : []),
    ...(terminations.includes(1) ? ["a step is marked as terminal: Meta-World has none"] : []),
    ...(truncations.indexOf(1) === steps - 1 ? [] : ["the last step, and no other, must be marked as truncated"]),
    ...(successes[0] === 0 ? [] : ["the task is marked as done before the first action"]),
    ...(success === successes.includes(1) ? [] : ["the attribute success does not fit infos/success"]),
    ...(seed === stamp.seed ? [] : [`seed ${seed}, the data set's is ${stamp.seed}`]),
    ...(known ? [] : [`behaviour ${behaviour} with noise ${noise} is not of the data set's mixture`]),
  ];
}
