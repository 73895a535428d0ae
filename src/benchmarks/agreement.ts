import type { HostArray } from "../engine/index.js";

/** How far two states are apart after the same updates from the same start. */
export interface Disagreement {
  readonly path: string;
  /** ‖a − b‖ / ‖a‖, or ‖a − b‖ where ‖a‖ vanishes. */
  readonly error: number;
  readonly absolute: boolean;
}

/** Largest relative norm of a difference that counts as agreement. */
export const agreementTolerance = 1e-4;

/**
 * Compares named arrays one by one by relative Euclidean norm; those of vanishing norm (the gradient moments of a bias
 * that mathematics makes zero) absolutely.
 *
 * @returns the errors, largest first
 * @throws Error if names or lengths differ
 */
export function compareStates(ours: ReadonlyMap<string, HostArray>, theirs: ReadonlyMap<string, HostArray>, { vanishing = 1e-6 }: { vanishing?: number } = {}): Disagreement[] {
  const missing = [...ours.keys()].filter((path) => !theirs.has(path));
  const extra = [...theirs.keys()].filter((path) => !ours.has(path));
  if (missing.length + extra.length > 0) throw new Error(`Cannot compare states: the same tensors are required, missing [${missing.join(", ")}], not expected [${extra.join(", ")}]`);
  const errors = [...ours].map(([path, a]) => {
    const b = theirs.get(path) as HostArray;
    if (a.data.length !== b.data.length) throw new Error(`Cannot compare "${path}": the same shape is required, got (${a.shape.join(", ")}) and (${b.shape.join(", ")})`);
    let difference = 0;
    let norm = 0;
    a.data.forEach((value, i) => {
      difference += (value - (b.data[i] as number)) ** 2;
      norm += value ** 2;
    });
    const absolute = Math.sqrt(norm) < vanishing;
    return { path, absolute, error: absolute ? Math.sqrt(difference) : Math.sqrt(difference / norm) };
  });
  // NaN must come first, not be lost in the sort.
  return errors.sort((a, b) => rank(b.error) - rank(a.error));
}

function rank(error: number): number {
  return Number.isNaN(error) ? Infinity : error;
}
