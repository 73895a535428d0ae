import { Worker } from "node:worker_threads";
import { UserError, workerUrl } from "../util/index.js";
import type { LaneRequest } from "./lane-worker.js";
import type { EpisodeLimits, LaneGroup, LanePlan, LaneState } from "./lanes.js";

/** Lanes of a worker thread: while it steps them, this one is free. */
export class RemoteLanes implements LaneGroup {
  private readonly worker = new Worker(workerUrl(import.meta.url, "./lane-worker.js"));
  private settle: { resolve: (state: LaneState) => void; reject: (error: Error) => void } | undefined;

  constructor(
    private readonly plans: readonly LanePlan[],
    private readonly options: EpisodeLimits & { lanes: number },
  ) {
    this.worker.on("message", ({ state, error, user }: { state?: LaneState; error?: Error; user?: boolean }) => {
      if (state !== undefined) this.settle?.resolve(state);
      else this.settle?.reject(error !== undefined && user === true ? new UserError(error.message, { cause: error }) : (error ?? new Error("A worker answered with nothing")));
    });
    this.worker.on("error", (error) => this.settle?.reject(error));
    this.worker.on("exit", (code) => this.settle?.reject(new Error(`A worker ended early with exit code ${code}`)));
  }

  start(): Promise<LaneState> {
    return this.request({ do: "start", plans: this.plans, ...this.options });
  }

  step(actions: Float32Array): Promise<LaneState> {
    return this.request({ do: "step", actions });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private request(message: LaneRequest): Promise<LaneState> {
    return new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
      this.worker.postMessage(message);
    });
  }
}
