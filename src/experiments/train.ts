import {
  createBatchSampler, createLlmdpd, residentBatches, residentBytes,
  type BatchSamplerOptions, type Llmdpd, type LlmdpdBatch, type LlmdpdState, type ResidentData, type RowBatch,
} from "../algorithms/index.js";
import { compileStep, pickDevice, type DeviceId, type HostArray, type Step, type Tensor } from "../engine/index.js";
import { Rng, UserError, type ProgressFn } from "../util/index.js";
import type { RunConfig } from "./config.js";
import { readConfig } from "./run-config.js";
import { describeMachine, recordedDevice, writeRecord } from "./run-store.js";
import { suiteOf } from "./suites.js";
import { trainLoop, type TrainOutcome } from "./train-loop.js";

/**
 * Trains the run of a folder from its last checkpoint to its number of updates, on the device it was begun on.
 *
 * @throws UserError if a loss is not finite, a process works on the run already, or something it needs is missing
 */
export async function trainRun(path: string, { onProgress, signal }: { onProgress?: ProgressFn; signal?: AbortSignal } = {}): Promise<TrainOutcome> {
  const config = readConfig(path);
  const { algorithm, train, variant } = config;
  const { dims, store, promptGoal, extra, evaluation } = await suiteOf(config).trainingInputs(config);
  const method = createLlmdpd({ config: algorithm, dims });
  const rng = new Rng(config.seed);
  const sampling: BatchSamplerOptions = {
    config: algorithm,
    dims,
    store,
    rng: rng.fork("batches"),
    totalSteps: train.updates,
    promptGoal,
    // The next batch is assembled while the device may still read the last one.
    buffers: 3,
  };
  if (signal?.aborted === true) return "stopped";
  // Another device rounds differently: a run goes on where it was begun.
  const begun = recordedDevice(path);
  const { device } = await pickDevice(begun ?? config.device);
  const { step, batchAt } = await compileUpdate(method, { sampling, state: method.initState(rng.fork("initial")), device, batches: train.batches }).catch((error: unknown) => {
    if (begun === undefined || !(error instanceof UserError)) throw error;
    throw new UserError(`Cannot go on with the run "${path}" on ${begun}, on which it was begun: ${error.message} To go on elsewhere, with other last digits, write another device into its record.json; \`npx --no llmdpd doctor\` lists them.`, { cause: error });
  });
  await writeRecord(path, { ...describeMachine(step.device.device), parameterCount: method.parameterCount });
  const kept = { ...extra, parameterCount: method.parameterCount };
  try {
    return await trainLoop(path, {
      step,
      batchAt,
      updates: train.updates,
      metricsEvery: train.metricsEvery,
      checkpointEvery: train.checkpointEvery,
      extra: kept,
      label: `train ${variant}`,
      ...(evaluation === undefined ? {} : { evaluation: evaluation(path, { method, extra: kept, device }) }),
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    step.dispose();
  }
}

/** Data sets up to this size stay on a graphics processor. */
const residentLimit = 2 * 2 ** 30;

type AnyStep = Step<LlmdpdState<HostArray>, LlmdpdBatch<HostArray> | RowBatch<HostArray>>;

/** The compiled update and what it is fed with: batches, or rows of a data set that stays on the device. */
async function compileUpdate(method: Llmdpd, { sampling, state, device, batches }: { sampling: BatchSamplerOptions; state: LlmdpdState<HostArray>; device: DeviceId; batches: RunConfig["train"]["batches"] }): Promise<{ step: AnyStep; batchAt: (k: number) => LlmdpdBatch<HostArray> | RowBatch<HostArray> }> {
  const graphics = /^xla:(?!cpu)/.test(device) && residentBytes(sampling.store) <= residentLimit;
  if (batches === "device" || (batches === "auto" && graphics)) {
    const { data, sample, gather } = residentBatches(sampling);
    const step = await compileStep((before: LlmdpdState, rows: RowBatch<Tensor>, all: ResidentData<Tensor>) => method.update(before, gather(rows, all)), { state, batch: sample(0), constants: data }, { device });
    return { step: step as unknown as AnyStep, batchAt: sample };
  }
  const sampler = createBatchSampler(sampling);
  const step = await compileStep((before: LlmdpdState, batch: LlmdpdBatch<Tensor>) => method.update(before, batch), { state, batch: method.exampleBatch() }, { device });
  return { step: step as unknown as AnyStep, batchAt: sampler.sample };
}
