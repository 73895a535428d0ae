/** The constants of a denoising chain, one entry for each step (index 0 is the last step of the chain, the cleanest). */
export interface DiffusionSchedule {
  /** Number of denoising steps T. */
  readonly steps: number;
  /** β, the variance that the forward process adds. */
  readonly beta: readonly number[];
  /** ᾱ = ∏(1 − β), the share of the signal's variance that is left. */
  readonly alphaBar: readonly number[];
  /** Variance of q(x_{t−1} | x_t, x₀). */
  readonly posteriorVariance: readonly number[];
  /** Coefficient of x₀ in the mean of q(x_{t−1} | x_t, x₀). */
  readonly coefficientX0: readonly number[];
  /** Coefficient of x_t in the same mean. */
  readonly coefficientXt: readonly number[];
}

/**
 * The variance-preserving schedule β_t = 1 − exp(−β_min/T − (β_max − β_min)(2t − 1)/(2T²)), t = 1 … T.
 * Sources: Xiao et al. (arXiv 2112.07804) as used by Diffusion-QL (arXiv 2208.06193, §3); posterior as in DDPM (arXiv 2006.11239, eq. 7).
 *
 * @example variancePreserving(5, { betaMin: 0.1, betaMax: 10 }).beta // [0.1959, 0.4588, 0.6358, 0.7549, 0.8350]
 */
export function variancePreserving(steps: number, { betaMin, betaMax }: { betaMin: number; betaMax: number }): DiffusionSchedule {
  const beta: number[] = [];
  const alphaBar: number[] = [];
  const posteriorVariance: number[] = [];
  const coefficientX0: number[] = [];
  const coefficientXt: number[] = [];
  let before = 1;
  for (let t = 1; t <= steps; t++) {
    const alpha = Math.exp(-betaMin / steps - ((betaMax - betaMin) * (2 * t - 1)) / (2 * steps * steps));
    const added = 1 - alpha;
    const left = before * alpha;
    beta.push(added);
    alphaBar.push(left);
    posteriorVariance.push((added * (1 - before)) / (1 - left));
    coefficientX0.push((added * Math.sqrt(before)) / (1 - left));
    coefficientXt.push(((1 - before) * Math.sqrt(alpha)) / (1 - left));
    before = left;
  }
  return { steps, beta, alphaBar, posteriorVariance, coefficientX0, coefficientXt };
}
