import { actionDim, createMetaworldEnv, expertAction, observationDim, type MetaworldEnv } from "../envs/index.js";
import { Rng, UserError, type ProgressFn } from "../util/index.js";

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
 * What acts in several environments at once. Lane i plays one task, one episode after the other; an agent's answer for
 * a lane depends on that lane's episode and step alone, so results do not depend on what the other lanes do.
 */
export interface Agent {
  /** Called when a lane begins an episode. */
  begin(lane: number, plan: EpisodePlan): void | Promise<void>;
  /** (lanes, 4) actions for (lanes, 39) raw observations with visible goals; rows of lanes that are not active are ignored. */
  act(observations: Float64Array, active: readonly boolean[]): Float32Array | Promise<Float32Array>;
}

export interface RolloutOptions {
  readonly agent: (lanes: number) => Agent | Promise<Agent>;
  /** Steps after which an episode counts as failed. */
  readonly maxSteps: number;
  readonly onProgress?: ProgressFn;
  readonly label?: string;
  readonly signal?: AbortSignal;
}

interface Lane {
  readonly env: MetaworldEnv;
  readonly plans: readonly EpisodePlan[];
  next: number;
  plan: EpisodePlan | undefined;
  observation: Float64Array;
  steps: number;
  return: number;
}

/**
 * Plays episodes in lockstep, one lane per task, asking the agent once per step for all lanes. An episode ends at its
 * first success or after `maxSteps`.
 *
 * @returns outcomes in the order of `plans`
 * @throws UserError if the signal aborts
 */
export async function rollout(plans: readonly EpisodePlan[], { agent: makeAgent, maxSteps, onProgress, label = "evaluate", signal }: RolloutOptions): Promise<EpisodeOutcome[]> {
  const tasks = [...new Set(plans.map((plan) => plan.task))];
  const agent = await makeAgent(tasks.length);
  const lanes: Lane[] = [];
  const outcomes = new Map<EpisodePlan, EpisodeOutcome>();
  const begin = async (lane: Lane, index: number): Promise<void> => {
    lane.plan = lane.plans[lane.next++];
    if (lane.plan === undefined) return;
    Object.assign(lane, { steps: 0, return: 0, observation: lane.env.reset(lane.plan.goal) });
    await agent.begin(index, lane.plan);
  };
  const stepLane = async (lane: Lane, index: number, actions: Float32Array): Promise<void> => {
    if (lane.plan === undefined) return;
    const action = actions.subarray(index * actionDim, (index + 1) * actionDim).map((a) => Math.max(-1, Math.min(1, a)));
    const { observation, reward, success } = lane.env.step(action);
    lane.observation = observation;
    lane.return += reward;
    lane.steps++;
    if (!success && lane.steps < maxSteps) return;
    outcomes.set(lane.plan, { plan: lane.plan, success, firstSuccess: success ? lane.steps : -1, steps: lane.steps, return: lane.return });
    onProgress?.({ done: outcomes.size, total: plans.length, label });
    await begin(lane, index);
  };
  try {
    for (const task of tasks) {
      const env = await createMetaworldEnv(task);
      lanes.push({ env, plans: plans.filter((plan) => plan.task === task), next: 0, plan: undefined, observation: new Float64Array(observationDim), steps: 0, return: 0 });
    }
    for (const [index, lane] of lanes.entries()) await begin(lane, index);
    const observations = new Float64Array(lanes.length * observationDim);
    while (lanes.some((lane) => lane.plan !== undefined)) {
      if (signal?.aborted === true) throw new UserError("Stopped. Run the same command again to go on.");
      for (const [index, lane] of lanes.entries()) observations.set(lane.observation, index * observationDim);
      const actions = await agent.act(observations, lanes.map((lane) => lane.plan !== undefined));
      for (const [index, lane] of lanes.entries()) await stepLane(lane, index, actions);
    }
  } finally {
    for (const lane of lanes) lane.env.close();
  }
  return plans.map((plan) => outcomes.get(plan) as EpisodeOutcome);
}

/** Uniform actions, seeded by task, episode and step. */
export function randomAgent(seed: number): (lanes: number) => Agent {
  return (lanes) => {
    const streams: Rng[] = [];
    return {
      begin: (lane, plan) => {
        streams[lane] = new Rng(seed).fork("random-agent", plan.task, plan.episode);
      },
      act: () => Float32Array.from({ length: lanes * actionDim }, (_, i) => streams[Math.floor(i / actionDim)]?.uniformIn(-1, 1) ?? 0),
    };
  };
}

/** Meta-World's scripted experts, without noise. */
export function expertAgent(): (lanes: number) => Agent {
  return (lanes) => {
    const tasks: string[] = [];
    return {
      begin: (lane, plan) => {
        tasks[lane] = plan.task;
      },
      act: (observations) => {
        const actions = new Float32Array(lanes * actionDim);
        tasks.forEach((task, lane) => actions.set(expertAction(task, observations.slice(lane * observationDim, (lane + 1) * observationDim)), lane * actionDim));
        return actions;
      },
    };
  };
}
