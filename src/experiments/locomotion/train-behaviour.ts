import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { exampleTd3Batches, initTd3, sampleTd3Batches, td3Action, updateTd3, type Td3Batch, type Td3Dims, type Td3State } from "../../algorithms/index.js";
import { compileStep, hostArray, pickDevice, treeEntries, treeFromEntries, type HostArray, type Step, type Tensor } from "../../engine/index.js";
import { normalizedScore } from "../../datasets/index.js";
import { Rng, UserError, type ProgressFn } from "../../util/index.js";
import { behaviourConfig, levelReached, type BehaviourConfig, type BehaviourEvaluation, type BehaviourLevel } from "./behaviour-config.js";
import { writeBehaviourPolicy } from "./behaviour-policy.js";
import { readCheckpoint, writeCheckpoint, type Checkpoint } from "../checkpoint.js";
import { LocomotionPlayer } from "./player.js";
import { OnlineLanes, type LaneNote } from "./online-lanes.js";
import { Replay } from "./replay.js";
import { appendMetrics, describeMachine, lockRun, readMetrics, readStatus, recordedDevice, truncateMetrics, writeRecord, writeStatus } from "../run-store.js";
import type { Overrides } from "../schema.js";

export interface TrainBehaviourOptions {
  /** Training ends when this level is reached; otherwise after all steps. */
  readonly level?: BehaviourLevel;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressFn;
}

/** `finished`: all steps are done; `reached`: the level was reached before. */
export type BehaviourOutcome = "finished" | "reached" | "stopped";

/** What a checkpoint keeps beside parameters: environments, the next actions, and the sums of the running line of metrics. */
interface OnlineNote {
  readonly lanes: readonly LaneNote[];
  readonly actions: readonly number[];
  readonly sums: Readonly<Record<string, number>>;
}

type Inputs<T> = { readonly batches: readonly Td3Batch<T>[]; readonly observation: T };

/** Where the policy of an evaluation lies. */
export function evaluatedPolicyPath(path: string, step: number): string {
  return join(path, "policies", `step-${String(step).padStart(8, "0")}.safetensors`);
}

/** Where a training keeps every step that it made. */
export function replayPath(path: string): string {
  return join(path, "replay.bin");
}

/** The configuration of a behaviour's training. */
export async function readBehaviourConfig(path: string): Promise<BehaviourConfig> {
  return behaviourConfig(JSON.parse(await readFile(join(path, "config.json"), "utf8")) as Overrides);
}

/** The evaluations of a behaviour's training, in their order. */
export function behaviourEvaluations(path: string): BehaviourEvaluation[] {
  return readMetrics(path).flatMap(({ step, ["evaluationScore"]: score }) => (score === undefined ? [] : [{ step, score }]));
}

/**
 * Trains the behaviour of a run's folder by TD3, from its last checkpoint on. Killed at any moment and called again on
 * the same device, it ends with the same parameters, recorded steps and metrics, bit by bit.
 *
 * @throws UserError if a loss is not finite, or a process works on the run already
 */
export async function trainBehaviour(path: string, options: TrainBehaviourOptions = {}): Promise<BehaviourOutcome> {
  const unlock = await lockRun(path);
  try {
    const training = await OnlineTraining.open(path);
    try {
      return await training.run(options);
    } finally {
      training.close();
    }
  } finally {
    await unlock();
  }
}

class OnlineTraining {
  private readonly started = Date.now();

  private constructor(
    private readonly path: string,
    private readonly config: BehaviourConfig,
    private readonly parts: { rng: Rng; lanes: OnlineLanes; replay: Replay; step: Step<Td3State<HostArray>, Inputs<HostArray>>; player: LocomotionPlayer; dims: Td3Dims },
    private readonly secondsBefore: number,
    private actions: Float32Array,
    private sums: Record<string, number>,
  ) {}

  static async open(path: string): Promise<OnlineTraining> {
    const config = await readBehaviourConfig(path);
    const { robot, algorithm } = config;
    const found = await readCheckpoint(join(path, "checkpoints"));
    const note = found?.extra as OnlineNote | undefined;
    const rng = new Rng(config.seed);
    const count = algorithm.policyDelay;
    const lanes = await OnlineLanes.open(robot, { count, rng, ...(note === undefined ? {} : { notes: note.lanes }) });
    const { layout } = lanes;
    const dims = { observation: layout.observation, action: layout.action };
    const replay = await Replay.open(replayPath(path), { layout, capacity: config.steps, count: found?.step ?? 0 });
    const { device } = await pickDevice(recordedDevice(path) ?? config.device);
    const state = initTd3(algorithm, { dims, rng: rng.fork("initial") });
    const example: Inputs<HostArray> = { batches: exampleTd3Batches(algorithm, dims), observation: hostArray([count, dims.observation], lanes.observations()) };
    const step = await compileStep((before: Td3State, { batches, observation }: Inputs<Tensor>) => {
      const after = updateTd3(before, batches, algorithm);
      return { state: after.state, metrics: { ...after.metrics, ...entriesOf(td3Action(after.state.actor, observation)) } };
    }, { state, batch: example }, { device });
    if (found !== undefined) await restore(step, { found, path });
    await truncateMetrics(path, { step: found?.step ?? 0 });
    const player = await LocomotionPlayer.open(robot, { actor: state.actor, lanes: Math.min(10, config.evaluationEpisodes), device });
    await writeRecord(path, describeMachine(device));
    const actions = Float32Array.from(note?.actions ?? Array<number>(count * dims.action).fill(0));
    return new OnlineTraining(path, config, { rng, lanes, replay, step, player, dims }, readStatus(path).trainSeconds, actions, { ...note?.sums });
  }

  async run({ level, signal, onProgress }: TrainBehaviourOptions): Promise<BehaviourOutcome> {
    const { config, path, parts } = this;
    const { replay } = parts;
    let score = behaviourEvaluations(path).at(-1)?.score;
    const report = (): void => onProgress?.({ done: replay.count, total: config.steps, label: `train ${config.robot}`, ...(score === undefined ? {} : { detail: `score ${score.toFixed(1)}` }) });
    while (replay.count < config.steps) {
      if (level !== undefined && levelReached(level, behaviourEvaluations(path))) return "reached";
      const end = (Math.floor(replay.count / config.evaluateEvery) + 1) * config.evaluateEvery;
      while (replay.count < end) {
        if (signal?.aborted === true) {
          await this.save("training");
          return "stopped";
        }
        await this.round();
        report();
      }
      score = await this.evaluate();
      await this.save(replay.count === config.steps ? "trained" : "training");
      report();
    }
    return "finished";
  }

  /** A step in every lane, then the updates that it pays for, and the actions of the next. */
  private async round(): Promise<void> {
    const { config, parts } = this;
    const { lanes, replay, rng, step, dims } = parts;
    const { explorationNoise, startSteps, algorithm } = config;
    const first = replay.count;
    const noise = rng.fork("act", first);
    const actions = this.actions.map((action) => (first < startSteps ? noise.uniformIn(-1, 1) : Math.min(1, Math.max(-1, action + explorationNoise * noise.normal()))));
    for (const { return: sum, steps } of lanes.step(actions, replay)) this.count({ episodes: 1, episodeReturn: sum, episodeLength: steps });
    if (replay.count < startSteps) return;
    const batches = sampleTd3Batches(replay, { config: algorithm, dims, rng: rng.fork("batch", first) });
    const observation = hostArray([algorithm.policyDelay, dims.observation], lanes.observations());
    const [metrics = {}] = await step.run({ batches, observation });
    const { criticLoss = NaN, meanQ = NaN, policyLoss = NaN } = metrics;
    if (![criticLoss, meanQ, policyLoss].every(Number.isFinite)) throw await this.failed(`criticLoss is ${criticLoss}, meanQ ${meanQ}, policyLoss ${policyLoss} after step ${replay.count}`);
    this.count({ rounds: 1, criticLoss, meanQ, policyLoss });
    this.actions = this.actions.map((_, i) => metrics[`action${i}`] as number);
  }

  private count(values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) this.sums[name] = (this.sums[name] ?? 0) + value;
  }

  /** Plays the policy without noise, writes it and a line of metrics; returns its score. */
  private async evaluate(): Promise<number> {
    const { config, parts, path } = this;
    const { actor } = await parts.step.readState();
    const step = parts.replay.count;
    const played = await parts.player.play(actor, { enough: { episodes: config.evaluationEpisodes }, rng: parts.rng.fork("evaluate", step) });
    const mean = (of: (episode: (typeof played)[number]) => number): number => played.reduce((sum, episode) => sum + of(episode), 0) / played.length;
    const evaluationReturn = mean((episode) => episode.return);
    const evaluationScore = normalizedScore(config.robot, evaluationReturn);
    const notes = { robot: config.robot, seed: String(config.seed), step: String(step), evaluationReturn: String(evaluationReturn), evaluationScore: String(evaluationScore) };
    await writeBehaviourPolicy(evaluatedPolicyPath(path, step), { actor, notes });
    await appendMetrics(path, [{ step, ...this.means(), evaluationReturn, evaluationScore, evaluationLength: mean(({ steps }) => steps) }]);
    this.sums = {};
    return evaluationScore;
  }

  private means(): Record<string, number> {
    const { rounds = 0, episodes = 0, ...sums } = this.sums;
    const means = Object.entries(sums).map(([name, sum]): [string, number] => [name, sum / (name.startsWith("episode") ? episodes : rounds)]);
    return { episodes, ...Object.fromEntries(means) };
  }

  /** Steps and metrics first: a checkpoint must never be ahead of them. */
  private async save(state: "training" | "trained"): Promise<void> {
    const { path, parts, config, secondsBefore } = this;
    const { replay, lanes, step } = parts;
    await replay.save();
    const extra: OnlineNote = { lanes: lanes.notes(), actions: [...this.actions], sums: this.sums };
    await writeCheckpoint(join(path, "checkpoints"), { step: replay.count, tensors: new Map(treeEntries<HostArray>(await step.readState())), extra });
    await writeStatus(path, { state, step: replay.count, updates: config.steps, trainSeconds: secondsBefore + (Date.now() - this.started) / 1000 });
  }

  private async failed(reason: string): Promise<UserError> {
    const { path, config, secondsBefore } = this;
    const step = (await readCheckpoint(join(path, "checkpoints")))?.step ?? 0;
    const message = `Cannot go on training "${path}": ${reason}. The checkpoint of step ${step} is kept. A lower learning rate may help.`;
    await writeStatus(path, { state: "failed", step, updates: config.steps, trainSeconds: secondsBefore, message });
    return new UserError(message);
  }

  close(): void {
    const { lanes, step, player } = this.parts;
    lanes.close();
    step.dispose();
    player.close();
  }
}

/** The numbers of a small tensor as scalars: action0, action1, … */
function entriesOf(actions: Tensor): Record<string, Tensor> {
  const size = actions.shape.reduce((product, length) => product * length, 1);
  const flat = actions.reshape([size]);
  return Object.fromEntries(Array.from({ length: size }, (_, i) => [`action${i}`, flat.at(0, i)]));
}

/** Puts a checkpoint's state on the device. */
async function restore(step: Step<Td3State<HostArray>, Inputs<HostArray>>, { found, path }: { found: Checkpoint; path: string }): Promise<void> {
  try {
    await step.writeState(treeFromEntries(found.tensors) as unknown as Td3State<HostArray>);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`Cannot resume from step ${found.step} of "${path}": ${error.message} Put back the run's own checkpoint, or begin anew with --fresh.`, { cause: error });
  }
}
