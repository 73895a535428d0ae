import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { iqm, meanScore } from "./aggregates.js";
import { bootstrap } from "./bootstrap.js";
import { probabilityOfImprovement } from "./comparison.js";
import { performanceProfile } from "./profile.js";
import { wilson } from "./wilson.js";

const scores = [
  [0.11, 0.52, 0.93, 0.4, 0.77],
  [1.2, 0.05, 0.63, 0.31, 0.88],
];
const someScores = fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 });

describe("bootstrap", () => {
  it("agrees with numpy's stratified resampling", () => {
    // numpy 2.4.6, 200,000 resamples inside each row, numpy.quantile of (0.025, 0.975).
    const ofMean = bootstrap(scores, meanScore, { replicates: 50_000, seed: 1 });
    expect([ofMean.value, ofMean.low, ofMean.high]).toEqual([0.58, 0.365, 0.797].map((v) => expect.closeTo(v, 2)));
    const ofIqm = bootstrap(scores, iqm, { replicates: 50_000, seed: 1 });
    expect([ofIqm.value, ofIqm.low, ofIqm.high]).toEqual([0.585, 0.3033, 0.8367].map((v) => expect.closeTo(v, 1.5)));
  });

  it("is the same for the same seed, ordered, and resamples inside tasks only", () => {
    expect(bootstrap(scores, iqm, { seed: 7 })).toEqual(bootstrap(scores, iqm, { seed: 7 }));
    expect(bootstrap(scores, iqm, { seed: 7 })).not.toEqual(bootstrap(scores, iqm, { seed: 8 }));
    expect(bootstrap([[0, 0], [1, 1, 1]], meanScore)).toEqual({ value: 0.5, low: 0.5, high: 0.5 });
    fc.assert(
      fc.property(someScores, fc.integer(), (rows, seed) => {
        const { low, high } = bootstrap(rows, meanScore, { replicates: 50, seed });
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(Math.min(...rows.flat()) - 1e-12);
        expect(high).toBeLessThanOrEqual(Math.max(...rows.flat()) + 1e-12);
      }),
    );
  });

  it("refuses senseless options", () => {
    expect(() => bootstrap(scores, iqm, { replicates: 0 })).toThrow("replicates must be a positive integer, got 0");
    expect(() => bootstrap(scores, iqm, { level: 95 })).toThrow("level must lie between 0 and 1, got 95");
  });
});

describe("probability of improvement", () => {
  it("is Mann and Whitney's U over the pairs, averaged over tasks", () => {
    // scipy 1.17.1: mannwhitneyu(a, b).statistic / 20 = 0.6; the second task is certain.
    const x = [[0.3, 0.5, 0.5, 0.9, 1.1], [2]];
    const y = [[0.2, 0.5, 0.6, 0.8], [1, 0]];
    expect(probabilityOfImprovement([x[0] ?? []], [y[0] ?? []]).value).toBeCloseTo(0.6, 12);
    expect(probabilityOfImprovement(x, y).value).toBeCloseTo(0.8, 12);
  });

  it("is one half of equals and adds up to one both ways", () => {
    fc.assert(
      fc.property(someScores, (rows) => {
        expect(probabilityOfImprovement(rows, rows, { replicates: 5 }).value).toBeCloseTo(0.5, 12);
        const other = rows.map((runs) => runs.map((score) => 1 - score));
        const sum = probabilityOfImprovement(rows, other, { replicates: 5 }).value + probabilityOfImprovement(other, rows, { replicates: 5 }).value;
        expect(sum).toBeCloseTo(1, 12);
      }),
    );
    expect(() => probabilityOfImprovement([[1]], [[1], [2]])).toThrow("got 1 and 2");
  });
});

describe("performance profile", () => {
  it("counts the runs strictly above each threshold", () => {
    const profile = performanceProfile([[0, 1], [1, 2]], [-1, 0, 0.5, 1, 2]);
    expect(profile.map((point) => point.fraction)).toEqual([1, 0.75, 0.75, 0.25, 0]);
    expect(profile[0]).toEqual({ threshold: -1, fraction: 1, low: 1, high: 1 });
    for (const point of profile) expect(point.low).toBeLessThanOrEqual(point.high);
  });

  it("falls with the threshold and has the mean as its area", () => {
    fc.assert(
      fc.property(someScores, (rows) => {
        const grid = Array.from({ length: 1001 }, (_, i) => i / 1000);
        const fractions = performanceProfile(rows, grid, { replicates: 1 }).map((point) => point.fraction);
        fractions.slice(1).forEach((fraction, i) => expect(fraction).toBeLessThanOrEqual(fractions[i] as number));
        const flat = rows.flat();
        const area = fractions.reduce((sum, fraction) => sum + fraction / 1000, 0);
        expect(Math.abs(area - flat.reduce((sum, score) => sum + score, 0) / flat.length)).toBeLessThan(2e-3);
      }),
      { numRuns: 30 },
    );
  });
});

describe("wilson", () => {
  it("agrees with scipy 1.17.1 (binomtest(…).proportion_ci(method='wilson'))", () => {
    const cases: [number, number, number, number][] = [
      [0, 10, 0, 0.27753279986288926],
      [7, 10, 0.39677814746114526, 0.892208732593699],
      [10, 10, 0.7224672001371109, 1],
      [43, 85, 0.4016643580854897, 0.609591647987286],
    ];
    for (const [successes, trials, low, high] of cases) {
      expect(wilson(successes, trials)).toEqual({ value: successes / trials, low: expect.closeTo(low, 12), high: expect.closeTo(high, 12) });
    }
    expect(wilson(7, 10, { level: 0.9 })).toEqual({ value: 0.7, low: expect.closeTo(0.4416997958698351, 12), high: expect.closeTo(0.8731234160968021, 12) });
  });

  it("contains the proportion and mirrors", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.double({ min: 0, max: 1, noNaN: true }), (trials, share) => {
        const successes = Math.round(share * trials);
        const { low, high } = wilson(successes, trials);
        const mirrored = wilson(trials - successes, trials);
        expect(low).toBeLessThanOrEqual(successes / trials);
        expect(high).toBeGreaterThanOrEqual(successes / trials);
        expect(mirrored.low).toBeCloseTo(1 - high, 10);
      }),
    );
    expect(() => wilson(3, 2)).toThrow("got 3 of 2");
  });
});
