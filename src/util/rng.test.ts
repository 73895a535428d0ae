import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Rng } from "./rng.js";

describe("Rng", () => {
  it("gives the same numbers for the same seed and others for another", () => {
    const draw = (seed: number): number[] => Array.from({ length: 5 }, ((rng) => () => rng.uniform())(new Rng(seed)));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7)).not.toEqual(draw(7 + 2 ** 32));
  });

  it("forks by keys alone, whatever was drawn before", () => {
    const fresh = new Rng(3).fork("step", 12).uniform();
    const used = new Rng(3);
    for (let i = 0; i < 100; i++) used.normal();
    expect(used.fork("step", 12).uniform()).toBe(fresh);
    expect(used.fork("step", 13).uniform()).not.toBe(fresh);
    expect(used.fork("step", "12").uniform()).not.toBe(fresh);
    expect(new Rng(4).fork("step", 12).uniform()).not.toBe(fresh);
  });

  it("has distinct streams for 20,000 neighbouring forks", () => {
    const root = new Rng(0);
    const first = new Set(Array.from({ length: 20_000 }, (_, i) => root.fork("step", i).uniform()));
    expect(first.size).toBe(20_000);
  });

  it("has the moments of a standard normal", () => {
    const sample = new Rng(1).fillNormal(new Float64Array(200_000));
    const moment = (power: number): number => sample.reduce((sum, x) => sum + x ** power, 0) / sample.length;
    // Standard errors over 200,000 draws: 0.0022, 0.0032, 0.0087, 0.022; five of each.
    expect(Math.abs(moment(1))).toBeLessThan(0.011);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.016);
    expect(Math.abs(moment(3))).toBeLessThan(0.044);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.11);
  });

  it("spreads integers evenly over their range (chi-square at 1e-6)", () => {
    const rng = new Rng(5);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const value = rng.int(10);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    const chi = counts.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0);
    expect(chi).toBeLessThan(46); // 9 degrees of freedom, upper 6e-7 point
  });

  it("shuffles into a permutation", () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.integer()), (seed, array) => {
        expect(new Rng(seed).shuffle(array).sort((a, b) => a - b)).toEqual([...array].sort((a, b) => a - b));
      }),
    );
  });
});
