import { availableParallelism } from "node:os";
import { UserError, type ProgressFn } from "../util/index.js";
import { LocalLanes, type EpisodeLimits, type LaneGroup, type LanePlan } from "./lanes.js";
import { RemoteLanes } from "./remote-lanes.js";

/** One episode to be played. */
export interface EpisodePlan {
  readonly task: string;
  readonly split: "seen" | "unseen";
  readonly episode: number;
  /** The random vector of the reset. */
  readonly goal: Float64Array;
  readonly goalSeed: number;
}

export interface EpisodeOutcome {
  readonly plan: EpisodePlan;
  readonly success: boolean;
  /** Step of the first success, from 1; -1 if none. */
  readonly firstSuccess: number;
  readonly steps: number;
  readonly return: number;
}

/**
 * What acts in several environments at once. A lane plays one episode after the other; an agent's answer for a lane
 * depends on that lane's episode and step alone, so results do not depend on what the other lanes do.
 */
export interface Agent<P = EpisodePlan> {
  /** Called when a lane begins an episode. */
  begin(lane: number, plan: P): void | Promise<void>;
  /** (lanes, A) actions for (lanes, S) raw observations, of Meta-World with visible goals; rows of lanes that are not active are ignored. */
  act(observations: Float64Array, active: readonly boolean[]): Float32Array | Promise<Float32Array>;
}

/** Makes an agent for a number of lanes; each worker thread's lanes have an agent of their own. */
export type AgentMaker<P = EpisodePlan> = (lanes: number) => Agent<P> | Promise<Agent<P>>;

export interface RolloutOptions extends EpisodeLimits {
  readonly agent: AgentMaker;
  /** Threads that step environments (default: one per core); 1 steps them in this one. Outcomes do not depend on it. */
  readonly workers?: number;
  readonly onProgress?: ProgressFn;
  readonly label?: string;
  readonly signal?: AbortSignal;
}

/**
 * Lanes of each thread, whatever the number of episodes: a policy is compiled for a batch of this size, and within one
 * compiled program the result of a row does not depend on its place nor on the other rows. Each lane takes 21 MB.
 */
export const lanesPerWorker = 32;

/**
 * Plays episodes in lockstep, asking the agent once per step for all lanes of a thread. While the agent answers one
 * thread the others step.
 *
 * @returns outcomes in the order of `plans`; they depend neither on the number of threads nor on which episodes are played together
 * @throws UserError if the signal aborts
 */
export async function rollout(plans: readonly EpisodePlan[], options: RolloutOptions): Promise<EpisodeOutcome[]> {
  const { agent, workers = availableParallelism(), maxSteps, stopAtSuccess, onProgress, label = "evaluate", signal } = options;
  const outcomes: EpisodeOutcome[] = Array.from({ length: plans.length });
  let done = 0;
  const limits = { maxSteps, stopAtSuccess, lanes: lanesPerWorker };
  const shares = share(plans, workers);
  const groups = shares.map((part): LaneGroup => (shares.length === 1 ? new LocalLanes(part, limits) : new RemoteLanes(part, limits)));
  const play = async (group: LaneGroup): Promise<void> => {
    const own = await agent(lanesPerWorker);
    const active = Array.from({ length: lanesPerWorker }, () => false);
    const playing: number[] = [];
    let state = await group.start();
    for (;;) {
      for (const { plan, ...outcome } of state.ended) {
        outcomes[plan] = { plan: plans[plan] as EpisodePlan, ...outcome };
        active[playing.indexOf(plan)] = false;
        onProgress?.({ done: ++done, total: plans.length, label });
      }
      for (const { lane, plan } of state.begun) {
        playing[lane] = plan;
        active[lane] = true;
        await own.begin(lane, plans[plan] as EpisodePlan);
      }
      if (!active.includes(true)) return;
      if (signal?.aborted === true) throw new UserError("Stopped. Run the same command again to go on.");
      state = await group.step(await own.act(state.observations, active));
    }
  };
  try {
    await Promise.all(groups.map(play));
  } finally {
    await Promise.all(groups.map((group) => group.close()));
  }
  return outcomes;
}

/** Deals the episodes of every task out to the threads, so that each gets as much of the slow ones. */
function share(plans: readonly EpisodePlan[], workers: number): LanePlan[][] {
  const parts: LanePlan[][] = Array.from({ length: Math.max(1, Math.min(workers, plans.length)) }, () => []);
  const tasks = [...new Set(plans.map(({ task }) => task))];
  const numbered = plans.map(({ task, goal }, plan) => ({ plan, task, goal }));
  tasks.flatMap((name) => numbered.filter(({ task }) => task === name)).forEach((plan, i) => parts[i % parts.length]?.push(plan));
  return parts;
}
