import type { Tensor } from "../engine/index.js";

/**
 * Adds a first layer's share of the prompts, computed once per prompt, to its share of the observations:
 * (…, B, H) + (…, M, H) → (…, B, H), where rows m·B/M … belong to prompt m. The wide copy is never made.
 */
export function addPerPrompt(rows: Tensor, perPrompt: Tensor): Tensor {
  const { shape } = rows;
  const [batch, width] = shape.slice(-2) as [number, number];
  const prompts = perPrompt.shape.at(-2) as number;
  if (prompts === batch) return rows.add(perPrompt);
  const stack = shape.slice(0, -2);
  const grouped = rows.reshape([...stack, prompts, batch / prompts, width]);
  return grouped.add(perPrompt.reshape([...perPrompt.shape.slice(0, -2), prompts, 1, width])).reshape(shape);
}
