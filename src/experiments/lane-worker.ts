// One thread of a rollout: holds a group of lanes and steps it when it is told the actions.
import { parentPort } from "node:worker_threads";
import { UserError } from "../util/index.js";
import { LocalLanes, type EpisodeLimits, type LanePlan } from "./lanes.js";

/** What the thread is asked, answered by `{ state }` or, as in `mapWorkers`, by `{ error, user }`. */
export type LaneRequest =
  | ({ readonly do: "start"; readonly plans: readonly LanePlan[]; readonly lanes: number } & EpisodeLimits)
  | { readonly do: "step"; readonly actions: Float32Array };

let group: LocalLanes | undefined;

async function answer(request: LaneRequest): Promise<object> {
  if (request.do === "step") return (group as LocalLanes).step(request.actions);
  group = new LocalLanes(request.plans, request);
  return group.start();
}

parentPort?.on("message", (request: LaneRequest) => {
  answer(request).then(
    (state) => parentPort?.postMessage({ state }),
    (error: unknown) => parentPort?.postMessage({ error, user: error instanceof UserError }),
  );
});
