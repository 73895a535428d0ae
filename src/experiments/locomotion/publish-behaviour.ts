import { statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { normalizedScore } from "../../datasets/index.js";
import { findRobot } from "../../envs/index.js";
import { Rng, type ProgressFn } from "../../util/index.js";
import { requiredEvaluation, type BehaviourLevel } from "./behaviour-config.js";
import { behaviourPoliciesFolder, readBehaviourPolicy, trainingCommand, writeBehaviourPolicy } from "./behaviour-policy.js";
import { LocomotionPlayer } from "./player.js";
import { behaviourEvaluations, evaluatedPolicyPath, readBehaviourConfig } from "./train-behaviour.js";
import { writeTable, type TableRow } from "../records.js";
import { readMetrics, readRecord } from "../run-store.js";

export interface PublishedBehaviour {
  readonly file: string;
  readonly bytes: number;
  /** Steps of the environment after which the policy was taken. */
  readonly step: number;
  /** D4RL's score over the episodes that were played anew. */
  readonly score: number;
}

/**
 * Takes a training's policy of a level, plays it anew (it was picked by a few episodes, so their score is too good) and
 * writes it where `data generate locomotion` looks for it, with the whole training's curve as a table beside it.
 *
 * @throws UserError if training has not reached the level
 */
export async function publishBehaviour(path: string, { level, episodes = 100, folder = behaviourPoliciesFolder(), onProgress }: { level: BehaviourLevel; episodes?: number; folder?: string; onProgress?: ProgressFn }): Promise<PublishedBehaviour> {
  const { robot, seed } = await readBehaviourConfig(path);
  const { step } = requiredEvaluation(level, { evaluations: behaviourEvaluations(path), path });
  const { observationDim: observation, actionDim: action } = findRobot(robot);
  const { actor, notes } = await readBehaviourPolicy(evaluatedPolicyPath(path, step), { observation, action });
  const player = await LocomotionPlayer.open(robot, { actor, lanes: Math.min(10, episodes) });
  try {
    const label = `play ${robot} ${level}`;
    const played = await player.play(actor, { enough: { episodes }, rng: new Rng(seed).fork("publish"), onProgress: (done) => onProgress?.({ done, total: episodes, label }) });
    const returns = played.map((episode) => episode.return);
    const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
    const score = normalizedScore(robot, mean);
    const file = join(folder, `${robot}-${level}.safetensors`);
    await mkdir(folder, { recursive: true });
    const facts = { level, episodes: String(episodes), meanReturn: mean.toFixed(1), lowestReturn: Math.min(...returns).toFixed(1), highestReturn: Math.max(...returns).toFixed(1), score: score.toFixed(1) };
    const made = { command: trainingCommand(robot, level, { seed }), commit: readRecord(path)?.commit ?? "unknown", device: readRecord(path)?.device ?? "unknown", licence: "MIT" };
    await writeBehaviourPolicy(file, { actor, notes: { ...notes, ...facts, ...made } });
    await writeTable(join(folder, `${robot}-${level}-curve.csv`), curveOf(path));
    return { file, bytes: statSync(file).size, step, score };
  } finally {
    player.close();
  }
}

/** A row per evaluation of a training. */
function curveOf(path: string): TableRow[] {
  const columns = ["step", "evaluationReturn", "evaluationScore", "evaluationLength", "episodeReturn"];
  return readMetrics(path).map((line) => Object.fromEntries(columns.map((column) => [column, line[column] ?? ""])));
}
