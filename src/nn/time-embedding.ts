import { hostArray, type HostArray } from "../engine/index.js";

/**
 * Sinusoidal embedding of the steps 0 … `steps` − 1, (steps, width): sin then cos of t·exp(−k·ln 10⁴/(width/2 − 1)).
 * Source: the reference implementation of Diffusion-QL (arXiv 2208.06193).
 *
 * @example timeEmbedding(5, { width: 16 }).shape // [5, 16]
 */
export function timeEmbedding(steps: number, { width }: { width: number }): HostArray {
  const half = width / 2;
  const data = new Float32Array(steps * width);
  for (let t = 0; t < steps; t++) {
    for (let k = 0; k < half; k++) {
      const angle = t * Math.exp((-k * Math.log(10_000)) / (half - 1));
      data[t * width + k] = Math.sin(angle);
      data[t * width + half + k] = Math.cos(angle);
    }
  }
  return hostArray([steps, width], data);
}
