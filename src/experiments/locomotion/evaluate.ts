import { join } from "node:path";
import type { Llmdpd, LlmdpdState } from "../../algorithms/index.js";
import { normalizedScore, returnOf } from "../../datasets/index.js";
import { findRobot } from "../../envs/index.js";
import type { Device, HostArray } from "../../engine/index.js";
import { Rng, dataPath, type ProgressFn } from "../../util/index.js";
import { writeCheckpoint } from "../checkpoint.js";
import type { Normaliser } from "../normaliser.js";
import { policyAgent, type EpisodePrompts, type PolicyPlan } from "../policy-agent.js";
import { writeTable } from "../records.js";
import type { Agent, AgentMaker } from "../rollout.js";
import { openRun, readMetrics, readStatus, recordEvaluation, writeStatus } from "../run-store.js";
import { textVectors, type TextVectors } from "../text-prompts.js";
import type { Evaluation } from "../train-loop.js";
import { checkpointsFolder, readLearnt, stateOf, type CheckpointName, type TrainedExtra } from "../trained.js";
import { publishedPolicy } from "./behaviour-policy.js";
import type { LocomotionConfig } from "./config.js";
import { playLocomotion, type LocomotionOutcome } from "./play.js";
import { LocomotionPlayer } from "./player.js";
import { loadLocomotion, locomotionSets, locomotionWidths, promptPool, type LoadedSet, type LocomotionSet } from "./training-data.js";

/** What a locomotion checkpoint carries. */
export interface LocomotionExtra extends TrainedExtra {
  /** By data set. */
  readonly normalisers: Readonly<Record<string, Normaliser>>;
}

/** One evaluated episode, or one of a data set's own. */
export interface LocomotionEpisode extends LocomotionOutcome {
  readonly variant: string;
  /** Training seed of the run; "-" for the rows that nobody trained. */
  readonly seed: string;
  readonly dataset: string;
  /** "regenerated" or "d4rl". */
  readonly source: string;
  /** "last", "best" (the highest mean score of the evaluations while training), or "-". */
  readonly checkpoint: CheckpointName | "-";
  /** Updates that the checkpoint had made. */
  readonly updates: number;
  /** Actions that the critics chose from at each step; 0 where no policy was trained. */
  readonly candidates: number;
}

/** Rows that bound and explain those of trained policies: uniform actions, the data's own episodes, and our expert policies. */
export const locomotionBaselines = ["random", "behaviour", "expert"] as const;
export type LocomotionBaseline = (typeof locomotionBaselines)[number];

/** A policy, with what its prompts are taken from. */
interface ActingPolicy {
  readonly config: LocomotionConfig;
  readonly sets: readonly LoadedSet[];
  readonly method: Llmdpd;
  readonly state: LlmdpdState<HostArray>;
  readonly normalisers: Readonly<Record<string, Normaliser>>;
  readonly texts: TextVectors | undefined;
  readonly device: Device;
}

interface ReadPolicy {
  readonly config: LocomotionConfig;
  readonly sets: readonly LoadedSet[];
  readonly verb: "evaluate" | "watch";
  readonly checkpoint: CheckpointName;
}

/** The policy of a run's checkpoint. @throws UserError if the run has none, or one of other shapes */
export async function readPolicy(path: string, { config, sets, verb, checkpoint }: ReadPolicy): Promise<{ policy: ActingPolicy; updates: number }> {
  const { method, state, normalisers, text, step: updates } = await readLearnt<LocomotionExtra>(path, { config, widths: locomotionWidths(config), verb, checkpoint });
  const texts = text === undefined ? undefined : await textVectors(config, text);
  return { policy: { config, sets, method, state, normalisers, texts, device: config.device }, updates };
}

/** A policy with the prompts of a data set, one of those in the data drawn for each episode. */
export async function promptedAgent({ name, robot }: LoadedSet, { policy, plans, candidates }: { policy: ActingPolicy; plans: readonly PolicyPlan[]; candidates: number }): Promise<AgentMaker<PolicyPlan>> {
  const { config, sets, method, state, normalisers, texts, device } = policy;
  const { seed } = config.evaluate;
  const rng = new Rng(seed);
  const prompts = config.algorithm.useTrajectory ? (promptPool(sets, config).get(name) as Float32Array[]) : undefined;
  const promptsOf = ({ episode }: PolicyPlan): EpisodePrompts => ({
    ...(texts === undefined ? {} : { text: texts.get(name)?.[0] ?? new Float32Array(0) }),
    ...(prompts === undefined ? {} : { prompt: rng.fork("prompt", name, episode).choice(prompts) }),
  });
  return await policyAgent({ method, state, normaliser: normalisers[name] as Normaliser, plans, promptsOf, candidates, seed, device, ownActions: findRobot(robot).actionDim });
}

interface PlaySets extends ActingPolicy {
  readonly episodes: number;
  readonly candidates: number;
  /** Names the starts: those that pick a checkpoint are never those that judge it. */
  readonly purpose: "selection" | "judgement";
  readonly signal?: AbortSignal;
  readonly onProgress?: (episodes: number) => void;
}

/** Plays a policy with the prompts of each data set on that data set's robot. */
async function playSets({ episodes, candidates, purpose, signal, onProgress, ...policy }: PlaySets): Promise<Map<string, LocomotionOutcome[]>> {
  const { config, sets } = policy;
  const starts = new Rng(config.evaluate.seed);
  const played = new Map<string, LocomotionOutcome[]>();
  for (const set of sets) {
    const { name, robot } = set;
    const plans = plansOf(name, episodes);
    const agent = await promptedAgent(set, { policy, plans, candidates });
    const before = [...played.values()].flat().length;
    const outcomes = await playLocomotion(robot, {
      agent, widths: locomotionWidths(config), plans, starts: starts.fork(purpose, robot),
      ...(signal === undefined ? {} : { signal }), onProgress: (done) => onProgress?.(before + done),
    });
    played.set(name, outcomes);
  }
  return played;
}

function plansOf(task: string, episodes: number): PolicyPlan[] {
  return Array.from({ length: episodes }, (_, episode) => ({ task, episode }));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

interface WhileTraining {
  readonly config: LocomotionConfig;
  readonly sets: readonly LoadedSet[];
  readonly normalisers: LocomotionExtra["normalisers"];
  readonly method: Llmdpd;
  readonly extra: TrainedExtra;
  readonly texts: TextVectors | undefined;
  readonly device: Device;
}

/** Scores a policy while it is trained, and keeps the checkpoint with the highest mean score over the data sets. */
export function evaluationOfRun(path: string, { config, sets, normalisers, method, extra, texts, device }: WhileTraining): Evaluation {
  const { evaluate, train } = config;
  return {
    every: train.evaluateEvery,
    run: async ({ step, tensors }) => {
      const state = stateOf(method, { tensors, path });
      const candidates = evaluate.candidates.at(-1) as number;
      const played = await playSets({ config, sets, method, state, normalisers, texts, device, episodes: evaluate.selectionEpisodes, candidates, purpose: "selection" });
      const scores = [...played].map(([name, outcomes]) => [`score/${name}`, mean(outcomes.map(({ score }) => score))] as const);
      const score = mean(scores.map(([, value]) => value));
      const best = Math.max(...readMetrics(path).map((line) => line["score"] ?? -Infinity));
      if (!(score <= best)) await writeCheckpoint(checkpointsFolder(path, "best"), { step, tensors, extra, keep: 1 });
      return { ...Object.fromEntries(scores), score };
    },
  };
}

export interface EvaluateLocomotionOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressFn;
}

/**
 * Plays the episodes by which the last and the best checkpoint of a run are judged, for each number of candidates, and
 * writes episodes.csv.
 *
 * @throws UserError if the run has no checkpoint; the signal's reason if it aborts
 */
export async function evaluateLocomotion(path: string, { config, signal, onProgress }: EvaluateLocomotionOptions & { config: LocomotionConfig }): Promise<LocomotionEpisode[]> {
  const started = Date.now();
  const stoppable = { ...(signal === undefined ? {} : { signal }), ...(onProgress === undefined ? {} : { onProgress }) };
  const baseline = locomotionBaselines.find((name) => name === config.variant);
  const rows = baseline === undefined ? await judged(path, { config, ...stoppable }) : await baselineRows(baseline, { config, ...stoppable });
  await writeTable(join(path, "episodes.csv"), rows);
  await recordEvaluation(path);
  await writeStatus(path, { ...readStatus(path), state: "evaluated", evaluateSeconds: (Date.now() - started) / 1000 });
  return rows;
}

async function judged(path: string, { config, signal, onProgress }: EvaluateLocomotionOptions & { config: LocomotionConfig }): Promise<LocomotionEpisode[]> {
  const { evaluate, variant, seed, data } = config;
  const sets = await loadLocomotion(config);
  const names: readonly CheckpointName[] = ["last", "best"];
  const total = names.length * evaluate.candidates.length * sets.length * evaluate.episodes;
  const rows: LocomotionEpisode[] = [];
  for (const checkpoint of names) {
    const { policy, updates } = await readPolicy(path, { config, sets, verb: "evaluate", checkpoint });
    for (const candidates of evaluate.candidates) {
      const done = rows.length;
      const played = await playSets({
        ...policy, episodes: evaluate.episodes, candidates, purpose: "judgement",
        ...(signal === undefined ? {} : { signal }), onProgress: (episodes) => onProgress?.({ done: done + episodes, total, label: `evaluate ${variant}` }),
      });
      for (const [dataset, outcomes] of played) rows.push(...outcomes.map((outcome) => ({ variant, seed: String(seed), dataset, source: data.source, checkpoint, updates, candidates, ...outcome })));
    }
  }
  return rows;
}

/** Where a baseline of a study lies. */
export function locomotionBaselinePath(study: string, baseline: LocomotionBaseline): string {
  return dataPath("runs", study, baseline);
}

/** Opens the folder of a baseline: its configuration is the data sets and the episodes. */
export async function openLocomotionBaseline(baseline: LocomotionBaseline, { config }: { config: LocomotionConfig }): Promise<void> {
  const { suite, study, data, evaluate } = config;
  await openRun(locomotionBaselinePath(study, baseline), { config: { suite, study, variant: baseline, data, evaluate } });
}

async function baselineRows(baseline: LocomotionBaseline, { config, signal, onProgress }: EvaluateLocomotionOptions & { config: LocomotionConfig }): Promise<LocomotionEpisode[]> {
  const play = { random: randomEpisodes, behaviour: ownEpisodes, expert: expertEpisodes }[baseline];
  const sets = locomotionSets(config);
  const rows: LocomotionEpisode[] = [];
  for (const [i, set] of sets.entries()) {
    signal?.throwIfAborted();
    const outcomes = await play(set, config);
    rows.push(...outcomes.map((outcome) => ({ variant: baseline, seed: "-", dataset: set.name, source: config.data.source, checkpoint: "-" as const, updates: 0, candidates: 0, ...outcome })));
    onProgress?.({ done: i + 1, total: sets.length, label: `evaluate ${baseline}` });
  }
  return rows;
}

async function randomEpisodes({ robot }: LocomotionSet, { evaluate }: LocomotionConfig): Promise<LocomotionOutcome[]> {
  const { observationDim: observation, actionDim: action } = findRobot(robot);
  const rng = new Rng(evaluate.seed).fork("random-agent", robot);
  const agent: AgentMaker<PolicyPlan> = (lanes): Agent<PolicyPlan> => {
    const streams: Rng[] = [];
    return {
      begin: (lane, { episode }) => void (streams[lane] = rng.fork(episode)),
      act: () => Float32Array.from({ length: lanes * action }, (_, i) => streams[Math.floor(i / action)]?.uniformIn(-1, 1) ?? 0),
    };
  };
  return await playLocomotion(robot, { agent, widths: { observation, action }, plans: plansOf(robot, evaluate.episodes), starts: new Rng(evaluate.seed).fork("judgement", robot) });
}

/** The finished episodes of a data set itself. */
async function ownEpisodes({ name }: LocomotionSet, { data }: LocomotionConfig): Promise<LocomotionOutcome[]> {
  const [set] = await loadLocomotion({ data: { ...data, datasets: [name] } });
  const { robot, episodes } = set as LoadedSet;
  return episodes.map((each, episode) => ({ episode, steps: each.steps, return: returnOf(each), score: normalizedScore(robot, returnOf(each)) }));
}

async function expertEpisodes({ robot }: LocomotionSet, { evaluate }: LocomotionConfig): Promise<LocomotionOutcome[]> {
  const { observationDim: observation, actionDim: action } = findRobot(robot);
  const { actor } = await publishedPolicy(robot, { level: "expert", dims: { observation, action } });
  const player = await LocomotionPlayer.open(robot, { actor, lanes: Math.min(10, evaluate.episodes) });
  try {
    const played = await player.play(actor, { enough: { episodes: evaluate.episodes }, rng: new Rng(evaluate.seed).fork("judgement", robot) });
    return played.map(({ steps, ...each }, episode) => ({ episode, steps, return: each.return, score: normalizedScore(robot, each.return) }));
  } finally {
    player.close();
  }
}
