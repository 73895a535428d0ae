import { constant, hostArray, type Tensor } from "../engine/index.js";
import { UserError } from "../util/index.js";

/** Means and deviations of the training tasks' observations: the only statistics that a policy knows. */
export interface Normaliser {
  readonly mean: readonly number[];
  /** Standard deviation plus `floor`, so that constant numbers stay finite. */
  readonly deviation: readonly number[];
  /** Rewards are divided by this. */
  readonly rewardScale: number;
  /** False: the goal's coordinates, the last three numbers, are zero after normalising. */
  readonly goalVisible: boolean;
}

/** Normalised numbers lie within ± this. */
const clip = 5;
/** Added to deviations, in the observation's units. */
const floor = 0.01;
const goalWidth = 3;

/** Statistics over rows of width `width` of several arrays; sums are in float64. */
export function fitNormaliser(
  arrays: readonly ArrayLike<number>[],
  { width, rewardScale, goalVisible }: { width: number; rewardScale: number; goalVisible: boolean },
): Normaliser {
  const sum = new Float64Array(width);
  const squares = new Float64Array(width);
  let rows = 0;
  for (const array of arrays) {
    if (array.length % width !== 0) throw new UserError(`Cannot fit a normaliser: rows of ${width} numbers required, got ${array.length} numbers.`);
    rows += array.length / width;
    for (let i = 0; i < array.length; i++) (sum[i % width] as number) += array[i] as number;
  }
  if (rows === 0) throw new UserError("Cannot fit a normaliser: training data required, got none.");
  const mean = Array.from(sum, (total) => total / rows);
  for (const array of arrays) {
    for (let i = 0; i < array.length; i++) (squares[i % width] as number) += ((array[i] as number) - (mean[i % width] as number)) ** 2;
  }
  return { mean, deviation: Array.from(squares, (total) => Math.sqrt(total / rows) + floor), rewardScale, goalVisible };
}

/** Normalised observations, (rows, width) as given. */
export function normalise(observations: ArrayLike<number>, { mean, deviation, goalVisible }: Normaliser): Float32Array {
  const width = mean.length;
  const visible = goalVisible ? width : width - goalWidth;
  const out = new Float32Array(observations.length);
  for (let i = 0; i < out.length; i++) {
    const j = i % width;
    if (j >= visible) continue;
    const scaled = ((observations[i] as number) - (mean[j] as number)) / (deviation[j] as number);
    out[i] = Math.max(-clip, Math.min(clip, scaled));
  }
  return out;
}

/** `normalise` inside a compiled program: (…, width) → the same. */
export function normaliseRows(observations: Tensor, { mean, deviation, goalVisible }: Normaliser): Tensor {
  const row = (values: readonly number[]): Tensor => constant(hostArray([values.length], values));
  const scaled = observations.sub(row(mean)).div(row(deviation)).clip(-clip, clip);
  return goalVisible ? scaled : scaled.mul(row(mean.map((_, i) => (i < mean.length - goalWidth ? 1 : 0))));
}
