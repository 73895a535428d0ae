import { UserError } from "../../util/index.js";
import { meanOf } from "./similarity.js";

/** How raw text vectors are centred and scaled; stored with a run, since it belongs to the policy. */
export interface TextScaling {
  /** Mean of the training texts' vectors, (dim). */
  readonly mean: readonly number[];
  /** What centred vectors are multiplied by. */
  readonly scale: number;
}

/**
 * Fits centre and scale to the vectors of the **training** tasks' texts, and to nothing else. One scale serves all
 * numbers of a vector, so that angles stay what they are; scaling each by itself would blow up those that hold noise.
 *
 * @param options.deviation root mean square of a scaled number; 0.25 as in the sizing sketch
 * @throws UserError if there are no vectors, or a number is not finite
 * @example applyTextScaling(vector, fitTextScaling(trainingVectors))
 */
export function fitTextScaling(vectors: readonly Float32Array[], { deviation = 0.25 }: { deviation?: number } = {}): TextScaling {
  if (vectors.length === 0) throw new UserError("Cannot fit the scaling of text vectors: vectors of training texts are required, got none.");
  const mean = meanOf(vectors);
  let squares = 0;
  for (const vector of vectors) for (const [i, value] of vector.entries()) squares += (value - (mean[i] as number)) ** 2;
  const rms = Math.sqrt(squares / (vectors.length * mean.length));
  // Equal texts, as in the control without text, have nothing to scale.
  const scale = rms > 1e-12 ? deviation / rms : 1;
  if (!Number.isFinite(rms)) throw new UserError("Cannot fit the scaling of text vectors: finite numbers are required, got NaN or infinity.");
  return { mean: Array.from(mean), scale };
}

/** A raw vector (dim), centred and scaled. */
export function applyTextScaling(vector: Float32Array, { mean, scale }: TextScaling): Float32Array {
  if (vector.length !== mean.length) throw new UserError(`Cannot scale a text vector: ${mean.length} numbers are required, got ${vector.length}. The run was trained with another text encoder.`);
  return vector.map((value, i) => (value - (mean[i] as number)) * scale);
}
