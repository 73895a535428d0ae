// One thread of `generateMetaworld`: collects the episodes of a job, writes them to a shard, and keeps the scene of the
// last task loaded.
import { parentPort } from "node:worker_threads";
import { type MetaworldEnv, type SimulationBackend, createMetaworldEnv } from "../../envs/index.js";
import { UserError } from "../../util/index.js";
import { type CollectOptions, collectEpisode } from "./collect.js";
import { type ShardName, writeShard } from "./shards.js";

/** Some consecutive episodes of one task. */
export interface CollectJob extends CollectOptions, ShardName {
  /** Goals of the episodes, from the index `first` on. */
  readonly goals: readonly Float64Array[];
  readonly backend: SimulationBackend;
  /** Folder of the unfinished data set. */
  readonly folder: string;
}

let env: MetaworldEnv | undefined;

/** Collects a shard and returns how many steps it holds. */
async function collect({ task, first, goals, backend, folder, ...options }: CollectJob): Promise<number> {
  if (env?.task !== task) {
    env?.close();
    env = undefined;
    env = await createMetaworldEnv(task, { goalVisible: true, backend });
  }
  const open = env;
  const episodes = goals.map((goal, i) => collectEpisode(open, { ...options, index: first + i, goal }));
  await writeShard(folder, { task, first, episodes });
  return episodes.reduce((sum, { steps }) => sum + steps, 0);
}

parentPort?.on("message", (job: CollectJob) => {
  void collect(job).then(
    (result) => parentPort?.postMessage({ result }),
    (error: unknown) => parentPort?.postMessage({ error, user: error instanceof UserError }),
  );
});
