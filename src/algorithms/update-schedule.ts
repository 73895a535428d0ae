import type { LlmdpdConfig } from "./config.js";

/** Rate of the policy's moving average in update `step` (from 0): 0 where it is not due. */
export function emaRateAt(step: number, { emaRate, emaEvery, emaFrom }: Pick<LlmdpdConfig, "emaRate" | "emaEvery" | "emaFrom">): number {
  return step >= emaFrom && step % emaEvery === 0 ? emaRate : 0;
}

/** Factor on the learning rates in update `step` of `totalSteps`: 1, or half a cosine from 1 to 0. */
export function learningRateScaleAt(
  step: number,
  { config, totalSteps }: { config: Pick<LlmdpdConfig, "learningRateSchedule">; totalSteps: number },
): number {
  return config.learningRateSchedule === "constant" ? 1 : 0.5 * (1 + Math.cos((Math.PI * Math.min(step, totalSteps)) / totalSteps));
}
