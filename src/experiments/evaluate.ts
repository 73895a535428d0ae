import { join } from "node:path";
import type { Episode } from "../datasets/index.js";
import { choosePromptEpisode } from "../prompts/index.js";
import { Rng, UserError, dataPath, type ProgressFn } from "../util/index.js";
import { baselines, type Baseline } from "./collect.js";
import type { RunConfig } from "./config.js";
import { assertNewGoals, planEpisodes } from "./goals.js";
import { protocolFields, protocolLabel } from "./protocols.js";
import { policyAgent, type PolicyAgentOptions } from "./policy-agent.js";
import { writeTable, type EpisodeRecord } from "./records.js";
import { expertAgent, randomAgent } from "./agents.js";
import { rollout, type AgentMaker, type EpisodeOutcome, type EpisodePlan } from "./rollout.js";
import { readRunConfig } from "./run-config.js";
import { openRun, readStatus, recordEvaluation, writeStatus } from "./run-store.js";
import { writeDiffusionPaths } from "./diffusion-paths.js";
import { textVectors } from "./text-prompts.js";
import { readTrained } from "./trained.js";
import { loadData, oraclePrompts, promptPool, tokensOf, type RunData } from "./training-data.js";

export interface EvaluateOptions {
  /** How episodes are played (default: as the run's configuration says). */
  readonly protocol?: string;
  /** Threads that step environments (default: one per core); results do not depend on it. */
  readonly workers?: number;
  readonly onProgress?: ProgressFn;
  readonly signal?: AbortSignal;
}

/** Where the episodes of a run are written: those of its own protocol, or of another one. */
export function episodesFile(path: string, protocol?: string): string {
  return join(path, protocol === undefined ? "episodes.csv" : `episodes-${protocol}.csv`);
}

/** The folder of the random or the expert row of a study. */
export function baselinePath(study: string, baseline: Baseline): string {
  return dataPath("runs", study, baseline);
}

/** Opens the folder of a baseline: its configuration is the tasks and goals of the evaluation. */
export async function openBaseline(baseline: Baseline, { config }: { config: RunConfig }): Promise<void> {
  const { study, data, evaluate } = config;
  const { trainTasks, testTasks } = data;
  await openRun(baselinePath(study, baseline), { config: { study, variant: baseline, data: { trainTasks, testTasks }, evaluate } });
}

/**
 * Plays the episodes of a run's evaluation and writes episodes.csv: new goals of seen tasks and of unseen tasks. Another
 * protocol than the run's own writes a file beside it, `episodes-<protocol>.csv`, which no study gathers.
 *
 * @throws UserError for an unknown protocol, if the run has no checkpoint, or the signal aborts
 */
export async function evaluateRun(path: string, options: EvaluateOptions = {}): Promise<EpisodeRecord[]> {
  const own = readRunConfig(path);
  const { protocol, ...rest } = options;
  const others = protocol !== undefined && protocol !== protocolLabel(own.evaluate);
  const config = others ? { ...own, evaluate: { ...own.evaluate, ...protocolFields(protocol) } } : own;
  const { maxSteps, stopAtSuccess } = config.evaluate;
  const started = Date.now();
  const plans = planEpisodes(config);
  const baseline = baselines.find((name) => name === config.variant);
  const agent = baseline === undefined ? await evaluatedAgent(path, { config, plans }) : baselineAgent(baseline, config);
  const label = `evaluate ${config.variant}`;
  const outcomes = await rollout(plans, { agent, maxSteps, stopAtSuccess, label, ...rest });
  const records = outcomes.map((outcome) => toRecord(outcome, config));
  if (others) {
    await writeTable(episodesFile(path, protocol), records);
    return records;
  }
  await writeTable(episodesFile(path), records);
  await recordEvaluation(path);
  const status = readStatus(path);
  await writeStatus(path, { ...status, state: "evaluated", evaluateSeconds: (Date.now() - started) / 1000 });
  return records;
}

function baselineAgent(baseline: Baseline, { evaluate }: RunConfig): AgentMaker {
  return baseline === "random" ? randomAgent(evaluate.seed) : expertAgent();
}

interface AgentPlan {
  readonly config: RunConfig;
  readonly plans: readonly EpisodePlan[];
}

/** What plays the planned episodes: the policy of a run's last checkpoint with their prompts, or the baseline that the run stands for. */
export async function trainedAgent(path: string, { config, plans }: AgentPlan): Promise<AgentMaker> {
  const baseline = baselines.find((name) => name === config.variant);
  if (baseline !== undefined) return baselineAgent(baseline, config);
  return policyAgent(await agentOptions(path, { config, plans, data: await loadData(config) }));
}

async function evaluatedAgent(path: string, { config, plans }: AgentPlan): Promise<AgentMaker> {
  const data = await loadData(config);
  assertNewGoals(plans, [...data.train, ...data.prompts]);
  const options = await agentOptions(path, { config, plans, data });
  await writeDiffusionPaths(join(path, "diffusion.csv"), options);
  return policyAgent(options);
}

async function agentOptions(path: string, { config, plans, data }: AgentPlan & { data: RunData }): Promise<PolicyAgentOptions> {
  const { method, state, normaliser, text } = await readTrained(path, { config, verb: "evaluate" });
  const texts = text === undefined ? undefined : await textVectors(config, text);
  const pool = promptPool(config, data);
  if (config.trajectory.content === "wrong-task" && config.evaluate.promptGoal === "same") throw new UserError("Cannot evaluate with trajectory.content=wrong-task and evaluate.promptGoal=same: the one asks for another task's trajectory, the other for the task's own.");
  const oracle = config.algorithm.useTrajectory && config.evaluate.promptGoal === "same" ? await oraclePrompts(plans) : undefined;
  const rng = new Rng(config.evaluate.seed);
  const promptOf = (plan: EpisodePlan): Episode => 
    oracle?.get(plan) ?? choosePromptEpisode(pool.get(plan.task) ?? [], { rng: rng.fork("prompt", plan.task, plan.episode), goal: plan.goal, task: plan.task });
  return {
    method,
    state,
    normaliser,
    plans,
    candidates: config.evaluate.candidates,
    seed: config.evaluate.seed,
    device: config.device,
    promptsOf: (plan: EpisodePlan) => ({
      ...(texts === undefined ? {} : { text: texts.get(plan.task)?.[0] ?? new Float32Array(0) }),
      ...(config.algorithm.useTrajectory ? { prompt: tokensOf(promptOf(plan), { config, normaliser }) } : {}),
    }),
  };
}

function toRecord({ plan, success, ...outcome }: EpisodeOutcome, config: RunConfig): EpisodeRecord {
  const isBaseline = (baselines as readonly string[]).includes(config.variant);
  return {
    variant: config.variant,
    seed: isBaseline ? "-" : String(config.seed),
    split: plan.split,
    task: plan.task,
    episode: plan.episode,
    goalSeed: plan.goalSeed,
    success: success ? 1 : 0,
    firstSuccess: outcome.firstSuccess,
    steps: outcome.steps,
    return: outcome.return,
    promptGoal: !isBaseline && config.algorithm.useTrajectory ? config.evaluate.promptGoal : "-",
    goalVisible: config.data.goalVisible ? 1 : 0,
    candidates: isBaseline ? 0 : config.evaluate.candidates,
    maxSteps: config.evaluate.maxSteps,
    protocol: protocolLabel(config.evaluate),
  };
}
