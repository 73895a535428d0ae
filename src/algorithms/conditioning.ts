import type { Tensor } from "../engine/index.js";

/**
 * Adds a first layer's share of the prompts, computed once per prompt, to its share of the observations:
 * (B, H) + (M, H) → (B, H), where rows m·B/M … belong to prompt m. The wide copy is never made.
 */
export function addPerPrompt(rows: Tensor, perPrompt: Tensor): Tensor {
  return joinPerPrompt(rows, perPrompt, (each, shared) => each.add(shared));
}

/**
 * Sets the numbers of actions to zero that are padding: (B, A) · (M, A) → (B, A), rows as in `addPerPrompt`. Without a
 * mask every number is an action's own.
 */
export function ownActions(actions: Tensor, mask: Tensor | undefined): Tensor {
  return mask === undefined ? actions : joinPerPrompt(actions, mask, (each, own) => each.mul(own));
}

function joinPerPrompt(rows: Tensor, perPrompt: Tensor, join: (rows: Tensor, perPrompt: Tensor) => Tensor): Tensor {
  const [batch, width] = rows.shape as [number, number];
  const [prompts] = perPrompt.shape as [number, number];
  if (prompts === batch) return join(rows, perPrompt);
  return join(rows.reshape([prompts, batch / prompts, width]), perPrompt.expandDims(1)).reshape([batch, width]);
}
