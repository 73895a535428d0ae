import { createLlmdpd } from "../algorithms/index.js";
import { actionDim, drawGoals, ml45Test, observationDim } from "../envs/index.js";
import { expertAgent, lanesPerWorker, policyAgent, readRunConfig, rollout, runConfig, trainedAgent, type AgentMaker, type EpisodeOutcome, type EpisodePlan } from "../experiments/index.js";
import { Rng, type ProgressFn } from "../util/index.js";

export interface EvaluateBenchOptions {
  /** Episodes of each of ML45's five test tasks (default 50). */
  readonly episodes?: number;
  /** Steps of each episode: none ends before (default 500). */
  readonly steps?: number;
  /** Threads that step environments (default: one per core). */
  readonly workers?: number;
  /** Actions drawn per step, N (default 1). */
  readonly candidates?: number;
  /** Folder of a trained run (default: LLMDPD as it is initialised, with the default sizes). */
  readonly run?: string;
  readonly onProgress?: ProgressFn;
}

export interface EvaluateBench {
  readonly episodes: number;
  readonly environmentSteps: number;
  readonly workers: number | "one per core";
  readonly candidates: number;
  /** Wall-clock seconds: to load and compile the policy, and to load the environments and play. */
  readonly seconds: { readonly policy: number; readonly play: number; readonly total: number };
  /** Processor time of both over all threads, in seconds. */
  readonly cpuSeconds: number;
  readonly stepsPerSecond: number;
  readonly success: number;
}

/** Times the evaluation of LLMDPD on ML45's test tasks: environments in lockstep, one policy call per step for all lanes of a thread. */
export async function benchEvaluate({ episodes = 50, steps = 500, workers, candidates = 1, run, onProgress }: EvaluateBenchOptions = {}): Promise<EvaluateBench> {
  const plans = testPlans(episodes);
  const started = performance.now();
  const cpu = process.cpuUsage();
  const agent = run === undefined ? await freshAgent(plans, { candidates }) : await trainedAgent(run, { config: withCandidates(run, candidates), plans });
  await agent(lanesPerWorker);
  const compiled = performance.now();
  const outcomes = await rollout(plans, { agent, maxSteps: steps, stopAtSuccess: false, ...(workers === undefined ? {} : { workers }), ...(onProgress === undefined ? {} : { onProgress }) });
  const ended = performance.now();
  const { user, system } = process.cpuUsage(cpu);
  const environmentSteps = stepsOf(outcomes);
  return {
    episodes: plans.length, environmentSteps, workers: workers ?? "one per core", candidates,
    seconds: { policy: (compiled - started) / 1000, play: (ended - compiled) / 1000, total: (ended - started) / 1000 },
    cpuSeconds: (user + system) / 1e6,
    stepsPerSecond: (1000 * environmentSteps) / (ended - compiled),
    success: outcomes.filter(({ success }) => success).length / plans.length,
  };
}

/** Environment steps per second of the experts on ML45's test tasks, by number of threads, the loading of scenes left out. */
export interface RolloutBenchRow {
  readonly workers: number;
  readonly stepsPerSecond: number;
  /** Over the speed with the first number of threads. */
  readonly scaling: number;
}

/** Times rollouts of the experts over worker threads. */
export async function benchRollout({ workers, episodes = 20, onProgress }: { workers: readonly number[]; episodes?: number; onProgress?: ProgressFn }): Promise<RolloutBenchRow[]> {
  const rows: RolloutBenchRow[] = [];
  const plans = testPlans(episodes);
  for (const threads of workers) {
    const timed = timeActing(expertAgent());
    const outcomes = await rollout(plans, { agent: timed.agent, maxSteps: 500, stopAtSuccess: false, workers: threads, label: `rollout, ${threads} threads`, ...(onProgress === undefined ? {} : { onProgress }) });
    const stepsPerSecond = (1000 * stepsOf(outcomes)) / timed.elapsed();
    rows.push({ workers: threads, stepsPerSecond, scaling: stepsPerSecond / (rows[0]?.stepsPerSecond ?? stepsPerSecond) });
  }
  return rows;
}

/** An agent with a clock that starts when it is first asked, which is when all scenes of a thread are loaded. */
function timeActing(make: AgentMaker): { agent: AgentMaker; elapsed: () => number } {
  let first: number | undefined;
  return {
    elapsed: () => performance.now() - (first ?? performance.now()),
    agent: async (lanes) => {
      const agent = await make(lanes);
      return {
        begin: (lane, plan) => agent.begin(lane, plan),
        act: (observations, active) => {
          first ??= performance.now();
          return agent.act(observations, active);
        },
      };
    },
  };
}

function testPlans(episodes: number): EpisodePlan[] {
  return ml45Test.flatMap((task) => drawGoals(task, { seed: 0, count: episodes }).map((goal, episode): EpisodePlan => ({ task, split: "unseen", episode, goal, goalSeed: 0 })));
}

function stepsOf(outcomes: readonly EpisodeOutcome[]): number {
  return outcomes.reduce((sum, { steps }) => sum + steps, 0);
}

function withCandidates(run: string, candidates: number): ReturnType<typeof readRunConfig> {
  const config = readRunConfig(run);
  return { ...config, evaluate: { ...config.evaluate, candidates } };
}

/** LLMDPD before its first update, with random prompts: its speed is that of a trained one. */
async function freshAgent(plans: readonly EpisodePlan[], { candidates }: { candidates: number }): Promise<AgentMaker> {
  const { algorithm, device } = runConfig();
  const dims = { observation: observationDim, action: actionDim, text: 576 };
  const method = createLlmdpd({ config: algorithm, dims });
  const normal = (length: number, key: string): Float32Array => new Rng(0).fork(key).fillNormal(new Float32Array(length));
  return policyAgent({
    method, plans, candidates, device, seed: 0, state: method.initState(new Rng(0)),
    normaliser: { mean: Array.from({ length: observationDim }, () => 0), deviation: Array.from({ length: observationDim }, () => 1), rewardScale: 1, goalVisible: true },
    promptsOf: ({ task }) => ({ text: normal(dims.text, task), prompt: normal(algorithm.promptSteps * (observationDim + actionDim + 1), `${task} trajectory`) }),
  });
}
