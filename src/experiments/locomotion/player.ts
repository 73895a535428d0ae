import { td3Action } from "../../algorithms/index.js";
import { compile, hostArray, type Compiled, type Device, type HostArray, type Tensor } from "../../engine/index.js";
import { createLocomotionEnv, type LocomotionEnv, type RobotName } from "../../envs/index.js";
import type { Mlp } from "../../nn/index.js";
import type { Rng } from "../../util/index.js";
import { rowLayout, stepInto, type RowLayout } from "./replay.js";

/** An episode that a policy has played. */
export interface PlayedEpisode {
  /** (steps, stride) in the layout of the robot's rows. */
  readonly rows: Float32Array;
  readonly steps: number;
  readonly return: number;
}

export interface PlayOptions {
  /** How much is enough: so many episodes, or so many steps in whole episodes. */
  readonly enough: { readonly episodes: number } | { readonly steps: number };
  /** Standard deviation of the Gaussian noise on each action, which is clipped to [−1, 1]. Default 0. */
  readonly noise?: number;
  /** Of starts and noise: episode e reads `rng.fork("episode", e)` and nothing else. */
  readonly rng: Rng;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number) => void;
}

interface Lane {
  readonly env: LocomotionEnv;
  episode: number;
  rng: Rng;
  observation: Float64Array;
  rows: Float32Array;
  steps: number;
  sum: number;
}

/** Plays a robot by deterministic policies, several episodes at a time. */
export class LocomotionPlayer {
  private constructor(
    readonly layout: RowLayout,
    private readonly envs: readonly LocomotionEnv[],
    private readonly act: Compiled<[Mlp<HostArray>, HostArray], HostArray>,
  ) {}

  /** @param actor a policy of the shapes that are played */
  static async open(robot: RobotName, { actor, lanes, device = "auto" }: { actor: Mlp<HostArray>; lanes: number; device?: Device }): Promise<LocomotionPlayer> {
    const envs: LocomotionEnv[] = [];
    for (let lane = 0; lane < lanes; lane++) envs.push(await createLocomotionEnv(robot));
    const layout = rowLayout(envs[0] as LocomotionEnv);
    const example = hostArray([lanes, layout.observation], new Float32Array(lanes * layout.observation));
    return new LocomotionPlayer(layout, envs, await compile((policy: Mlp, observation: Tensor) => td3Action(policy, observation), [actor, example], { device }));
  }

  /** The first episodes that are enough, in their order; a last one may be cut off by the caller. */
  async play(actor: Mlp<HostArray>, { enough, noise = 0, rng, signal, onProgress }: PlayOptions): Promise<PlayedEpisode[]> {
    const { layout } = this;
    const done: PlayedEpisode[] = [];
    let next = 0;
    let [whole, steps] = [0, 0];
    const isEnough = (): boolean => ("episodes" in enough ? whole >= enough.episodes : steps >= enough.steps);
    const begin = (lane: Pick<Lane, "env">): Lane => {
      const own = rng.fork("episode", next);
      return { env: lane.env, episode: next++, rng: own.fork("noise"), observation: lane.env.reset(own.fork("start")), rows: new Float32Array(lane.env.maxSteps * layout.stride), steps: 0, sum: 0 };
    };
    const lanes = this.envs.map((env) => begin({ env }));
    const seen = new Float32Array(lanes.length * layout.observation);
    while (!isEnough()) {
      signal?.throwIfAborted();
      lanes.forEach((lane, i) => seen.set(lane.observation, i * layout.observation));
      const { data } = await this.act(actor, hostArray([lanes.length, layout.observation], seen));
      lanes.forEach((lane, i) => {
        const row = lane.rows.subarray(lane.steps * layout.stride, (lane.steps + 1) * layout.stride);
        for (let j = 0; j < layout.action; j++) {
          const action = (data[i * layout.action + j] as number) + (noise > 0 ? noise * lane.rng.normal() : 0);
          row[layout.observation + j] = Math.min(1, Math.max(-1, action));
        }
        const { reward, terminated, truncated, observation } = stepInto(row, { env: lane.env, observation: lane.observation, layout });
        Object.assign(lane, { observation, steps: lane.steps + 1, sum: lane.sum + reward });
        if (!terminated && !truncated) return;
        done[lane.episode] = { rows: lane.rows.slice(0, lane.steps * layout.stride), steps: lane.steps, return: lane.sum };
        lanes[i] = begin(lane);
      });
      for (let ended = done[whole]; ended !== undefined && !isEnough(); ended = done[whole]) {
        steps += ended.steps;
        whole++;
      }
      onProgress?.("episodes" in enough ? whole : Math.min(enough.steps, steps));
    }
    return done.slice(0, whole);
  }

  close(): void {
    for (const env of this.envs) env.close();
    this.act.dispose();
  }
}
