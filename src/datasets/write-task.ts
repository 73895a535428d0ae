import { join } from "node:path";
import { behaviourNames } from "./metaworld/presets.js";
import { type BoxSpace, type MinariEpisode, writeMinari } from "./minari.js";
import { type DatasetStamp, EpisodeChecksum, stampKey, summaryKey } from "./stamp.js";
import { TaskTally, type TaskSummary } from "./summary.js";
import type { Episode } from "./trajectory.js";

const unbounded = (length: number): BoxSpace => ({ dtype: "float64", low: Array.from({ length }, () => -Infinity), high: Array.from({ length }, () => Infinity) });
const actionSpace: BoxSpace = { dtype: "float32", low: [-1, -1, -1, -1], high: [1, 1, 1, 1] };
const observationDim = 39;

/** Writes the episodes of one task, one after the other, as a Minari dataset `<root>/<task>-v0`. */
export async function writeTask(
  root: string,
  { namespace, stamp, episodes }: { namespace: string; stamp: Omit<DatasetStamp, "checksum">; episodes: AsyncIterable<Episode> },
): Promise<{ stamp: DatasetStamp; summary: TaskSummary }> {
  const { task } = stamp;
  const checksum = new EpisodeChecksum();
  const tally = new TaskTally();
  async function* counted(): AsyncGenerator<MinariEpisode> {
    for await (const episode of episodes) {
      checksum.add(episode);
      tally.add(episode);
      yield toMinari(episode);
    }
  }
  let written: { stamp: DatasetStamp; summary: TaskSummary } | undefined;
  await writeMinari(join(root, `${task}-v0`), {
    id: `${namespace}/${task}-v0`,
    spaces: { observation: unbounded(observationDim), action: actionSpace },
    episodes: counted(),
    describe: () => {
      written = { stamp: { ...stamp, checksum: checksum.digest() }, summary: tally.summary(task) };
      return {
        metadata: {
          algorithm_name: stamp.preset === "noise" ? "scripted expert with action noise" : `scripted expert, mixture "${stamp.preset}"`,
          description: `Meta-World ${task}-v3: ${written.summary.episodes} episodes of ${behavioursOf(written.summary)}`,
          requirements: ["metaworld==3.1.1", "mujoco==3.14.0"],
          [stampKey]: written.stamp,
          [summaryKey]: written.summary,
        },
        attributes: { [stampKey]: JSON.stringify(written.stamp) },
      };
    },
  });
  return written as { stamp: DatasetStamp; summary: TaskSummary };
}

/** "scripted expert (12), noisy (8)". */
function behavioursOf({ behaviours }: TaskSummary): string {
  const counts = behaviourNames.map((name) => ({ name, count: behaviours.reduce((sum, each) => sum + (each.behaviour === name ? each.episodes : 0), 0) }));
  return counts.flatMap(({ name, count }) => (count === 0 ? [] : [`${name} (${count})`])).join(", ");
}

function toMinari(episode: Episode): MinariEpisode {
  const { successes, goal, seed, noise, behaviour, pursued, success } = episode;
  return {
    ...episode,
    attributes: {
      seed: BigInt(seed),
      "options/rand_vec": goal,
      behaviour,
      noise,
      ...(pursued === undefined ? {} : { pursued_rand_vec: pursued }),
      success: BigInt(success ? 1 : 0),
    },
    infos: { success: { shape: [successes.length], data: successes } },
  };
}
