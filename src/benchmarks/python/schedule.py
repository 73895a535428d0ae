"""The variance-preserving diffusion schedule of Diffusion-QL (arXiv 2208.06193, section 3) as lists of floats."""

import math
from types import SimpleNamespace


def variance_preserving(steps, beta_min, beta_max):
    alpha = [math.exp(-beta_min / steps - (beta_max - beta_min) * (2 * t - 1) / (2 * steps * steps)) for t in range(1, steps + 1)]
    left = [math.prod(alpha[: t + 1]) for t in range(steps)]
    before = [1.0, *left[:-1]]
    return SimpleNamespace(
        steps=steps,
        alpha_bar=left,
        variance=[(1 - a) * (1 - b) / (1 - c) for a, b, c in zip(alpha, before, left)],
        x0=[(1 - a) * math.sqrt(b) / (1 - c) for a, b, c in zip(alpha, before, left)],
        xt=[(1 - b) * math.sqrt(a) / (1 - c) for a, b, c in zip(alpha, before, left)],
    )


def time_embedding(steps, width):
    """Rows of [sin, cos] of t exp(−k ln 10⁴ / (width / 2 − 1)), one for each step."""
    half = width // 2
    rates = [math.exp(-k * math.log(10_000) / (half - 1)) for k in range(half)]
    return [[f(t * rate) for f in (math.sin, math.cos) for rate in rates] for t in range(steps)]
