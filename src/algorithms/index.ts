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
