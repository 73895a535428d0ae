import { createLocomotionEnv, type LocomotionEnv, type RobotName } from "../../envs/index.js";
import { normalizedScore } from "../../datasets/index.js";
import type { Rng } from "../../util/index.js";
import type { PolicyPlan } from "../policy-agent.js";
import type { AgentMaker } from "../rollout.js";

/** How an episode went. */
export interface LocomotionOutcome {
  readonly episode: number;
  readonly steps: number;
  /** Undiscounted. */
  readonly return: number;
  /** D4RL's, 100 being its expert. */
  readonly score: number;
}

export interface PlayEpisodesOptions {
  /** (lanes, A) actions for (lanes, S) observations; S and A are at least the robot's, whose rows end in zeros. */
  readonly agent: AgentMaker<PolicyPlan>;
  readonly widths: { readonly observation: number; readonly action: number };
  /** One plan for each episode. */
  readonly plans: readonly PolicyPlan[];
  /** Of starts: episode e begins at `starts.fork(e)`. */
  readonly starts: Rng;
  readonly signal?: AbortSignal;
  readonly onProgress?: (episodes: number) => void;
}

/**
 * Episodes at a time, whatever their number: a policy is compiled for that many rows, and within one compiled program
 * the result of a row depends neither on its place nor on the other rows.
 */
const lanesAtOnce = 10;

interface Lane {
  readonly env: LocomotionEnv;
  plan?: PolicyPlan;
  steps: number;
  sum: number;
}

/** Plays a robot's episodes in lockstep. @throws the signal's reason if it aborts */
export async function playLocomotion(robot: RobotName, { agent: makeAgent, widths, plans, starts, signal, onProgress }: PlayEpisodesOptions): Promise<LocomotionOutcome[]> {
  const agent = await makeAgent(lanesAtOnce);
  const lanes: Lane[] = [];
  const outcomes: LocomotionOutcome[] = [];
  const waiting = [...plans];
  const observations = new Float64Array(lanesAtOnce * widths.observation);
  try {
    while (lanes.length < lanesAtOnce) lanes.push({ env: await createLocomotionEnv(robot), steps: 0, sum: 0 });
    const begin = async (i: number): Promise<void> => {
      const lane = lanes[i] as Lane;
      const plan = waiting.shift();
      if (plan === undefined) {
        delete lane.plan;
        return;
      }
      Object.assign(lane, { plan, steps: 0, sum: 0 });
      await agent.begin(i, plan);
      observations.set(lane.env.reset(starts.fork(plan.episode)), i * widths.observation);
    };
    for (let i = 0; i < lanesAtOnce; i++) await begin(i);
    while (lanes.some(({ plan }) => plan !== undefined)) {
      signal?.throwIfAborted();
      const actions = await agent.act(observations, lanes.map(({ plan }) => plan !== undefined));
      for (const [i, lane] of lanes.entries()) {
        if (lane.plan === undefined) continue;
        const chosen = actions.subarray(i * widths.action, i * widths.action + lane.env.actionDim).map((value) => Math.max(-1, Math.min(1, value)));
        const { observation, reward, terminated, truncated } = lane.env.step(chosen);
        lane.steps++;
        lane.sum += reward;
        observations.set(observation, i * widths.observation);
        if (!terminated && !truncated) continue;
        outcomes.push({ episode: lane.plan.episode, steps: lane.steps, return: lane.sum, score: normalizedScore(robot, lane.sum) });
        onProgress?.(outcomes.length);
        await begin(i);
      }
    }
  } finally {
    for (const { env } of lanes) env.close();
  }
  return outcomes.toSorted((one, two) => one.episode - two.episode);
}
