import { join } from "node:path";
import { treeEntries, treeFromEntries, type HostArray, type Step, type Tree } from "../engine/index.js";
import { UserError, type ProgressFn } from "../util/index.js";
import { checkFinite, checkpointPath, readCheckpoint, writeCheckpoint, type Checkpoint } from "./checkpoint.js";
import { appendMetrics, lockRun, readStatus, truncateMetrics, writeStatus } from "./run-store.js";

export interface TrainLoopOptions<B> {
  /** The batch of update k, counted from 0: a function of k alone, so that a resumed run sees the same batches. */
  readonly batchAt: (k: number) => B;
  readonly updates: number;
  /** Updates averaged into one line of metrics. */
  readonly metricsEvery: number;
  /** A multiple of `metricsEvery`. */
  readonly checkpointEvery: number;
  /** Stored with each checkpoint: what acting needs besides parameters. */
  readonly extra: unknown;
  readonly evaluation?: Evaluation;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressFn;
  readonly label?: string;
}

/** What is measured beside training; it must depend on the state alone, as a resumed run measures again. */
export interface Evaluation {
  /** Updates from one evaluation to the next, a multiple of `metricsEvery`; the last update is evaluated too. */
  readonly every: number;
  /** Further metrics of that update's line. */
  readonly run: (checkpoint: Omit<Checkpoint, "extra">) => Promise<Readonly<Record<string, number>>>;
}

export type TrainOutcome = "finished" | "stopped";

/**
 * Trains a run from its last checkpoint to `updates`. The next batches are assembled while the device computes. Killed at
 * any moment and called again, it ends with the same parameters and metrics, bit by bit.
 *
 * @throws UserError if a metric is not finite: the run is marked as failed and its last checkpoint stands
 */
export async function trainLoop<S, B>(path: string, { step, ...options }: TrainLoopOptions<B> & { step: Step<S, B> }): Promise<TrainOutcome> {
  const unlock = await lockRun(path);
  try {
    return await resumeAndTrain(path, { step, ...options });
  } finally {
    await unlock();
  }
}

async function resumeAndTrain<S, B>(path: string, options: TrainLoopOptions<B> & { step: Step<S, B> }): Promise<TrainOutcome> {
  const { step, batchAt, updates, metricsEvery, checkpointEvery, extra, evaluation, signal, onProgress, label = "train" } = options;
  const folder = join(path, "checkpoints");
  const found = await readCheckpoint(folder);
  if (found !== undefined) await resume(step, { found, path: checkpointPath(folder, found.step) });
  let done = found?.step ?? 0;
  await truncateMetrics(path, { step: done });

  const secondsBefore = readStatus(path).trainSeconds;
  const started = Date.now();
  const status = { updates, trainSeconds: secondsBefore };
  await writeStatus(path, { ...status, state: "training", step: done });
  const readTensors = async (): Promise<Checkpoint["tensors"]> => new Map(treeEntries((await step.readState()) as Tree<HostArray>));
  const save = async (state: "training" | "trained"): Promise<void> => {
    await writeCheckpoint(folder, { step: done, tensors: await readTensors(), extra });
    await writeStatus(path, { ...status, state, step: done, trainSeconds: secondsBefore + (Date.now() - started) / 1000 });
  };

  const stopAsked = (): boolean => signal?.aborted === true;
  if (stopAsked()) return "stopped";
  let window = new Averages();
  const flights: Promise<Record<string, number>[]>[] = [];
  while (done < updates) {
    // Started ahead of the device, but never past a line of metrics: a checkpoint is the state of that very update.
    const end = Math.min(updates, (Math.floor(done / metricsEvery) + 1) * metricsEvery);
    while (flights.length < Math.max(2, step.ahead) && done + flights.length < end) {
      const flight = step.run(batchAt(done + flights.length));
      // An update that fails is met when its turn comes; those behind it are not asked.
      flight.catch(() => {});
      flights.push(flight);
    }
    const [metrics] = await nextOf(flights).catch(async (error: unknown) => {
      throw error instanceof UserError ? await failed(path, { reason: `update ${done + 1}: ${error.message}`, advice: "The same command goes on from there.", status }) : error;
    });
    done++;
    const odd = window.add(metrics ?? {});
    if (odd !== undefined) throw await failed(path, { reason: `${odd} at update ${done}.`, advice: "A lower learning rate or a tighter gradient clip may help.", status });
    onProgress?.({ done, total: updates, label });
    if (done % metricsEvery !== 0 && done !== updates) continue;

    // Metrics first: a checkpoint must never be ahead of them.
    const due = evaluation !== undefined && (done % evaluation.every === 0 || done === updates);
    const scores = due ? await evaluation.run({ step: done, tensors: await readTensors() }) : {};
    await appendMetrics(path, [{ step: done, ...window.means(), ...scores }]);
    window = new Averages();
    const stopping = stopAsked();
    if (done % checkpointEvery !== 0 && done !== updates && !stopping) continue;
    await save(done === updates ? "trained" : "training");
    if (stopping && done !== updates) return "stopped";
  }
  if (found !== undefined && found.step >= updates) await writeStatus(path, { ...status, state: "trained", step: done });
  return "finished";
}

/** Puts a checkpoint's state on the device; one that does not belong to this run leaves everything as it is. */
async function resume<S, B>(step: Step<S, B>, { found, path }: { found: Checkpoint; path: string }): Promise<void> {
  try {
    checkFinite(found.tensors);
    await step.writeState(treeFromEntries(found.tensors) as S);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`Cannot resume from "${path}": ${error.message} Put back the run's own checkpoint, or begin a new run.`, { cause: error });
  }
}

const nextOf = async <T>(flights: Promise<T>[]): Promise<T> => flights.shift() as Promise<T>;

async function failed(path: string, { reason, advice, status }: { reason: string; advice: string; status: { updates: number; trainSeconds: number } }): Promise<UserError> {
  const last = (await readCheckpoint(join(path, "checkpoints")))?.step;
  const kept = last === undefined ? "There is no checkpoint yet." : `The checkpoint of update ${last} is kept.`;
  const message = `Cannot go on training "${path}": ${reason} ${kept} ${advice}`;
  await writeStatus(path, { ...status, state: "failed", step: last ?? 0, message });
  return new UserError(message);
}

/** Means of metrics over a window of updates, in float64, in the order of the updates. */
class Averages {
  private readonly sums = new Map<string, number>();
  private count = 0;

  /** Adds one update's metrics; returns what is wrong with the first that is not finite. */
  add(metrics: Readonly<Record<string, number>>): string | undefined {
    for (const [name, value] of Object.entries(metrics)) {
      if (!Number.isFinite(value)) return `${name} is ${value}`;
      this.sums.set(name, (this.sums.get(name) ?? 0) + value);
    }
    this.count++;
    return undefined;
  }

  means(): Record<string, number> {
    return Object.fromEntries([...this.sums].map(([name, sum]) => [name, sum / this.count]));
  }
}
