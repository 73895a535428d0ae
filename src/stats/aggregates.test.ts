import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { iqm, meanScore, medianScore, optimalityGap, quantile, trimmedMean } from "./aggregates.js";

const scores = [
  [0.11, 0.52, 0.93, 0.4, 0.77],
  [1.2, 0.05, 0.63, 0.31, 0.88],
];
const someScores = fc.array(fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 });

describe("aggregates", () => {
  it("agree with scipy 1.17.1 and numpy 2.4.6", () => {
    expect(iqm(scores)).toBeCloseTo(0.585, 12); // scipy.stats.trim_mean(flat, 0.25)
    expect(trimmedMean([3, 9, 1, 7, 100, 2, 5])).toBeCloseTo(5.2, 12); // the same; 7 / 4 is cut to 1
    expect(meanScore(scores)).toBeCloseTo(0.58, 12);
    expect(medianScore(scores)).toBeCloseTo(0.58, 12);
    expect([0.025, 0.3, 0.975].map((p) => quantile(scores.flat(), p))).toEqual([0.0635, 0.373, 1.13925].map((v) => expect.closeTo(v, 12))); // numpy.quantile
  });

  it("median is of task means, not of runs", () => {
    expect(medianScore([[0, 0, 9], [1, 1, 1], [2, 2, 2]])).toBe(2);
  });

  it("optimality gap counts scores above gamma as gamma", () => {
    expect(optimalityGap([[0.5, 2], [1, 0]])).toBeCloseTo(1 - (0.75 + 0.5) / 2, 12);
    expect(optimalityGap([[50, 120]], { gamma: 100 })).toBe(25);
  });

  it("statistics lie within the scores, shift with them and do not depend on the order of runs", () => {
    fc.assert(
      fc.property(someScores, fc.double({ min: -5, max: 5, noNaN: true }), (rows, shift) => {
        const flat = rows.flat();
        for (const statistic of [iqm, meanScore, medianScore]) {
          const value = statistic(rows);
          expect(value).toBeGreaterThanOrEqual(Math.min(...flat) - 1e-9);
          expect(value).toBeLessThanOrEqual(Math.max(...flat) + 1e-9);
          expect(statistic(rows.map((runs) => runs.map((score) => score + shift)))).toBeCloseTo(value + shift, 8);
          expect(statistic(rows.map((runs) => runs.toReversed()))).toBeCloseTo(value, 8);
        }
      }),
    );
  });

  it("refuse empty and non-finite scores", () => {
    expect(() => iqm([])).toThrow("at least one task is required");
    expect(() => meanScore([[1], []])).toThrow("task 1 needs at least one run");
    expect(() => medianScore([[1, NaN]])).toThrow("finite numbers are required, got NaN in task 0");
  });
});
