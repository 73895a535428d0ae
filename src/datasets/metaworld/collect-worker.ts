// One thread of `generateMetaworld`: collects the episodes of a job and keeps the scene of the last task loaded.
import { parentPort } from "node:worker_threads";
import { type MetaworldEnv, type SimulationBackend, createMetaworldEnv } from "../../envs/index.js";
import { type CollectOptions, collectEpisode } from "./collect.js";

/** Some episodes of one task. */
export interface CollectJob extends CollectOptions {
  readonly task: string;
  /** Index and goal of each episode. */
  readonly episodes: readonly { readonly index: number; readonly goal: Float64Array }[];
  readonly backend: SimulationBackend;
}

let env: MetaworldEnv | undefined;

parentPort?.on("message", ({ task, episodes, backend, ...options }: CollectJob) => {
  void (async () => {
    try {
      if (env?.task !== task) {
        env?.close();
        env = undefined;
        env = await createMetaworldEnv(task, { goalVisible: true, backend });
      }
      const open = env;
      parentPort?.postMessage({ result: episodes.map((episode) => collectEpisode(open, { ...options, ...episode })) });
    } catch (error) {
      parentPort?.postMessage({ error });
    }
  })();
});
