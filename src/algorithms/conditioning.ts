import type { Tensor } from "../engine/index.js";

/**
 * Adds a first layer's share of the prompts, computed once per prompt, to its share of the observations:
 * (B, H) + (M, H) → (B, H), where rows m·B/M … belong to prompt m. The wide copy is never made.
 */
export function addPerPrompt(rows: Tensor, perPrompt: Tensor): Tensor {
  const [batch, width] = rows.shape as [number, number];
  const [prompts] = perPrompt.shape as [number, number];
  if (prompts === batch) return rows.add(perPrompt);
  return rows
    .reshape([prompts, batch / prompts, width])
    .add(perPrompt.expandDims(1))
    .reshape([batch, width]);
}
