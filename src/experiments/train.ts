import { join } from "node:path";
import { createBatchSampler, createLlmdpd } from "../algorithms/index.js";
import { compileStep, type Device } from "../engine/index.js";
import { actionDim, observationDim } from "../envs/index.js";
import { Rng, writeFileAtomic, type ProgressFn } from "../util/index.js";
import { readRunConfig, type CheckpointExtra } from "./evaluate.js";
import { describeMachine, readRecord, type RunRecord } from "./run-store.js";
import { fitTexts, textVectors } from "./text-prompts.js";
import { trainLoop, type TrainOutcome } from "./train-loop.js";
import { loadData, trainingNormaliser, transitionStore } from "./training-data.js";

/**
 * Trains the run of a folder from its last checkpoint to its number of updates, on the device it was begun on.
 *
 * @throws UserError if a loss is not finite, a process works on the run already, or something it needs is missing
 */
export async function trainRun(path: string, { onProgress, signal }: { onProgress?: ProgressFn; signal?: AbortSignal } = {}): Promise<TrainOutcome> {
  const config = readRunConfig(path);
  const { algorithm, train, variant } = config;
  const data = await loadData(config);
  const normaliser = trainingNormaliser(data.train, config);
  const text = algorithm.useText ? await fitTexts(config) : undefined;
  const texts = text === undefined ? undefined : await textVectors(config, text);
  const dims = { observation: observationDim, action: actionDim, text: text?.dim ?? 1 };
  const method = createLlmdpd({ config: algorithm, dims });
  const rng = new Rng(config.seed);
  const sampler = createBatchSampler({
    config: algorithm,
    dims,
    store: transitionStore(config, { data, normaliser, ...(texts === undefined ? {} : { texts }) }),
    rng: rng.fork("batches"),
    totalSteps: train.updates,
    promptGoal: config.trajectory.content === "task" ? "other" : "any",
    // The next batch is assembled while the device may still read the last one.
    buffers: 3,
  });
  if (signal?.aborted === true) return "stopped";
  const step = await compileStep(
    (state, batch) => method.update(state, batch),
    { state: method.initState(rng.fork("initial")), batch: method.exampleBatch() },
    // Another device rounds differently: a run goes on where it was begun.
    { device: recordedDevice(path) ?? config.device },
  );
  await writeRecord(path, { ...describeMachine(step.device.device), parameterCount: method.parameterCount });
  const extra: CheckpointExtra = { normaliser, ...(text === undefined ? {} : { text }), parameterCount: method.parameterCount };
  try {
    return await trainLoop(path, {
      step,
      batchAt: (k) => sampler.sample(k),
      updates: train.updates,
      metricsEvery: train.metricsEvery,
      checkpointEvery: train.checkpointEvery,
      extra,
      label: `train ${variant}`,
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    step.dispose();
  }
}

/** The device of a run that was begun before. */
function recordedDevice(path: string): Device | undefined {
  return readRecord(path)?.device as Device | undefined;
}

/** Writes what the run is made by; a resumed run keeps its first record and lists who went on with it. */
async function writeRecord(path: string, record: RunRecord): Promise<void> {
  const before = readRecord(path);
  const { commit, dirty, startedAt, machine } = record;
  const resumed = before === undefined ? undefined : [...((before["resumed"] as unknown[] | undefined) ?? []), { commit, dirty, startedAt, machine }];
  await writeFileAtomic(join(path, "record.json"), `${JSON.stringify(resumed === undefined ? record : { ...before, resumed }, undefined, 2)}\n`);
}
