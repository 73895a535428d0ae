import { actionDim, createMetaworldEnv, observationDim, type MetaworldEnv } from "../envs/index.js";

/** An episode as a group of lanes knows it: `plan` is its number among all that are to be played. */
export interface LanePlan {
  readonly plan: number;
  readonly task: string;
  /** The random vector of the reset. */
  readonly goal: Float64Array;
}

/** When an episode ends. */
export interface EpisodeLimits {
  readonly maxSteps: number;
  /** Whether the first success ends it. */
  readonly stopAtSuccess: boolean;
}

/** How an episode went. */
export interface LaneOutcome {
  readonly plan: number;
  readonly success: boolean;
  /** Step of the first success, from 1; -1 if none. */
  readonly firstSuccess: number;
  readonly steps: number;
  readonly return: number;
}

/** What a step of all lanes came to. */
export interface LaneState {
  /** (lanes, 39) what each lane sees now; rows of idle lanes mean nothing. */
  readonly observations: Float64Array;
  readonly ended: readonly LaneOutcome[];
  /** Episodes that began: lane and plan. */
  readonly begun: readonly { readonly lane: number; readonly plan: number }[];
}

/** Environments that are stepped together, here or in a worker thread. */
export interface LaneGroup {
  /** Loads the environments and begins the first episodes. */
  start(): Promise<LaneState>;
  /** One step of all lanes that play, with (lanes, 4) actions. */
  step(actions: Float32Array): Promise<LaneState>;
  close(): Promise<void>;
}

interface Lane {
  env: MetaworldEnv | undefined;
  playing: LanePlan | undefined;
  firstSuccess: number;
  steps: number;
  return: number;
}

/** Lanes of this thread. Each plays one episode after the other; a lane whose task has none left takes up another task. */
export class LocalLanes implements LaneGroup {
  private readonly waiting = new Map<string, LanePlan[]>();
  private readonly lanes: Lane[];
  private readonly observations: Float64Array;
  private readonly limits: EpisodeLimits;
  private ended: LaneOutcome[] = [];
  private begun: { lane: number; plan: number }[] = [];

  constructor(plans: readonly LanePlan[], { lanes, ...limits }: EpisodeLimits & { lanes: number }) {
    for (const plan of plans) this.waiting.set(plan.task, [...(this.waiting.get(plan.task) ?? []), plan]);
    this.lanes = Array.from({ length: lanes }, () => ({ env: undefined, playing: undefined, firstSuccess: -1, steps: 0, return: 0 }));
    this.observations = new Float64Array(lanes * observationDim);
    this.limits = limits;
  }

  async start(): Promise<LaneState> {
    for (const [index, lane] of this.lanes.entries()) await this.begin(lane, index);
    return this.report();
  }

  async step(actions: Float32Array): Promise<LaneState> {
    for (const [index, lane] of this.lanes.entries()) {
      if (lane.playing === undefined) continue;
      if (this.advance(lane, { index, action: actions.subarray(index * actionDim, (index + 1) * actionDim) })) await this.begin(lane, index);
    }
    return this.report();
  }

  async close(): Promise<void> {
    for (const lane of this.lanes) lane.env?.close();
  }

  /** Steps one lane; true if its episode has ended. */
  private advance(lane: Lane, { index, action }: { index: number; action: Float32Array }): boolean {
    const { observation, reward, success } = (lane.env as MetaworldEnv).step(action.map((a) => Math.max(-1, Math.min(1, a))));
    this.observations.set(observation, index * observationDim);
    lane.return += reward;
    lane.steps++;
    if (success && lane.firstSuccess < 0) lane.firstSuccess = lane.steps;
    if (lane.steps < this.limits.maxSteps && !(success && this.limits.stopAtSuccess)) return false;
    const { playing, firstSuccess, steps, return: sum } = lane;
    this.ended.push({ plan: (playing as LanePlan).plan, success: firstSuccess > 0, firstSuccess, steps, return: sum });
    return true;
  }

  private async begin(lane: Lane, index: number): Promise<void> {
    const task = this.nextTask(lane);
    const plan = task === undefined ? undefined : this.waiting.get(task)?.shift();
    lane.playing = plan;
    if (plan === undefined) return;
    if (lane.env?.task !== plan.task) {
      lane.env?.close();
      lane.env = undefined;
      lane.env = await createMetaworldEnv(plan.task);
    }
    Object.assign(lane, { steps: 0, return: 0, firstSuccess: -1 });
    this.observations.set(lane.env.reset(plan.goal), index * observationDim);
    this.begun.push({ lane: index, plan: plan.plan });
  }

  /** The lane's own task as long as it has episodes left, then the one with the most of them for each lane that is at it. */
  private nextTask(lane: Lane): string | undefined {
    const left = (task: string): number => this.waiting.get(task)?.length ?? 0;
    if (lane.env !== undefined && left(lane.env.task) > 0) return lane.env.task;
    const share = (task: string): number => left(task) / (1 + this.lanes.filter(({ playing }) => playing?.task === task).length);
    const open = [...this.waiting.keys()].filter((task) => left(task) > 0);
    return open.reduce<string | undefined>((best, task) => (best === undefined || share(task) > share(best) ? task : best), undefined);
  }

  private report(): LaneState {
    const { observations, ended, begun } = this;
    this.ended = [];
    this.begun = [];
    return { observations, ended, begun };
  }
}
