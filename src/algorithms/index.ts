export { variancePreserving, type DiffusionSchedule } from "./diffusion-schedule.js";
export { llmdpdConfig, type LlmdpdConfig, type LlmdpdDims } from "./config.js";
export type { LlmdpdBatch } from "./batch.js";
export type { Denoiser } from "./denoiser.js";
export type { Critic, TwinCritic } from "./twin-critic.js";
export type { PromptEncoder, TrajectoryEncoder } from "./prompt-encoder.js";
export type { LlmdpdMetrics, LlmdpdState, Policy } from "./llmdpd.js";
export type { ActingInputs, ActingParameters } from "./acting.js";
export { actingParameters, createLlmdpd, type Llmdpd, type Prompts } from "./create.js";
export {
  createBatchSampler,
  type BatchSampler,
  type BatchSamplerOptions,
  type PromptGoal,
  type TaskTransitions,
  type TransitionStore,
} from "./batch-sampler.js";
export { residentBatches, residentBytes, type ResidentBatches, type ResidentData, type RowBatch } from "./resident-data.js";
export { emaRateAt, learningRateScaleAt } from "./update-schedule.js";
export { updateParts, type UpdatePart } from "./update-parts.js";
export {
  exampleTd3Batches, initTd3, td3Action, td3Config, updateTd3,
  type Td3Batch, type Td3Config, type Td3Critics, type Td3Dims, type Td3Metrics, type Td3State,
} from "./td3.js";
export { sampleTd3Batches, type Td3Table } from "./td3-batches.js";
