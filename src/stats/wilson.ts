import type { Interval } from "./bootstrap.js";

/**
 * Wilson's score interval of a proportion (Wilson 1927): unlike a bootstrap it keeps its width when all trials agree,
 * which ten episodes of one task often do.
 *
 * @example wilson(10, 10) // { value: 1, low: 0.722…, high: 1 }
 */
export function wilson(successes: number, trials: number, { level = 0.95 }: { level?: number } = {}): Interval {
  if (!(trials > 0) || successes < 0 || successes > trials) {
    throw new RangeError(`Cannot bound a proportion: 0 ≤ successes ≤ trials and trials > 0 are required, got ${successes} of ${trials}`);
  }
  const z = normalQuantile((1 + level) / 2);
  const p = successes / trials;
  const shrink = 1 + (z * z) / trials;
  const centre = (p + (z * z) / (2 * trials)) / shrink;
  const half = (z / shrink) * Math.sqrt((p * (1 - p)) / trials + (z * z) / (4 * trials * trials));
  return { value: p, low: successes === 0 ? 0 : Math.max(0, centre - half), high: successes === trials ? 1 : Math.min(1, centre + half) };
}

/** Quantile of the standard normal distribution for p in (0.5, 1): Newton's method on the error function's series. */
function normalQuantile(p: number): number {
  if (!(p > 0.5 && p < 1)) throw new RangeError(`Cannot bound a proportion: level must lie between 0 and 1, got ${2 * p - 1}`);
  let z = Math.sqrt(-2 * Math.log(2 * (1 - p))) * 0.9;
  for (let i = 0; i < 60; i++) {
    const change = (p - normalCdf(z)) / (Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI));
    z += Math.max(-1, Math.min(1, change));
    if (Math.abs(change) < 1e-14) break;
  }
  return z;
}

/** Φ(z) = 1/2 + φ(z) (z + z³/3 + z⁵/(3·5) + …) (Marsaglia 2004), for z ≥ 0 where all terms are positive. */
function normalCdf(z: number): number {
  let term = z;
  let sum = z;
  for (let n = 3; term > 1e-17 * sum && n < 400; n += 2) {
    term *= (z * z) / n;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI);
}
