import { describe, expect, it } from "vitest";
import { aboveFloor, alignment, both, closing, effortOf, funnel, inBox, progress, tolerance } from "./reward.js";
import { quaternionFromMatrix } from "./rotation.js";

describe("tolerance", () => {
  it("is 1 within its bounds and 0.1 one margin away", () => {
    for (const falloff of ["longTail", "gaussian"] as const) {
      expect(tolerance(0.05, { to: 0.05, margin: 0.2, falloff })).toBe(1);
      expect(tolerance(0.25, { to: 0.05, margin: 0.2, falloff })).toBeCloseTo(0.1, 12);
      expect(tolerance(-0.2, { to: 0.05, margin: 0.2, falloff })).toBeCloseTo(0.1, 12);
    }
  });

  it("is a step where the margin is 0", () => {
    expect(tolerance(1.1, { from: 1, to: 1, margin: 0 })).toBe(0);
    expect(tolerance(1, { from: 1, to: 1, margin: 0 })).toBe(1);
  });

  it("refuses crossed bounds and negative margins", () => {
    expect(() => tolerance(0, { from: 1, to: 0, margin: 1 })).toThrow(RangeError);
    expect(() => tolerance(0, { to: 1, margin: -1 })).toThrow(/margin ≥ 0/);
  });
});

describe("combinations", () => {
  it("both: neutral 1, absorbing 0, symmetric, refuses other numbers", () => {
    expect(both(1, 0.3)).toBeCloseTo(0.3, 12);
    expect(both(0, 0.3)).toBe(0);
    expect(both(0, 0)).toBe(0);
    expect(both(0.2, 0.7)).toBe(both(0.7, 0.2));
    expect(() => both(1.2, 0.5)).toThrow(RangeError);
    expect(() => both(NaN, 0.5)).toThrow(RangeError);
  });

  it("progress is 0.1 at the start and 1 within the radius", () => {
    expect(progress(0.4, { radius: 0.05, start: 0.4 })).toBeCloseTo(0.1, 12);
    expect(progress(0.05, { radius: 0.05, start: 0.4 })).toBe(1);
  });

  it("funnels, floors and grips", () => {
    expect(funnel(0.1, { threshold: 0.12, slope: 0.04, height: 0.4 })).toBe(0);
    expect(funnel(1.12, { threshold: 0.12, slope: 0.04, height: 0.4 })).toBeCloseTo(0.4, 12);
    expect(aboveFloor(0.3, 0.2)).toBe(1);
    expect(aboveFloor(0.05, 0.2)).toBeLessThan(0.5);
    expect([closing(-1), closing(0.35, 0.7), closing(2)]).toEqual([0, 0.5, 1]);
    expect([effortOf(-3), effortOf(0), effortOf(1)]).toEqual([0, 0.5, 1]);
  });
});

describe("places and orientations", () => {
  it("alignment is 1 for the ideal and 0 from the limit on", () => {
    const observation = new Float64Array(39);
    observation.set([0.7, 0, 0.3, 0.7], 7);
    expect(alignment(observation, { ideal: [0.7, 0, 0.3, 0.7], limit: 0.4 })).toBe(1);
    expect(alignment(observation, { ideal: [0.7, 0, 0.1, 0.7], limit: 0.4 })).toBeCloseTo(0.5, 12);
    expect(alignment(observation, { ideal: [0.7, 0, -0.7, 0.7], limit: 0.4 })).toBe(0);
  });

  it("inBox rises from one corner to the other, whichever is lower, and is 1 outside", () => {
    const box = { zero: [1, 0, 0], one: [0, 2, 4] } as const;
    expect(inBox([1, 0, 0], box)).toBeCloseTo(0, 12);
    expect(inBox([0, 2, 4], box)).toBe(1);
    expect(inBox([0.5, 1, 3], box)).toBeCloseTo(0.5 * 0.5 * 0.75, 12);
    expect(inBox([0.5, 2.1, 3], box)).toBe(1);
  });
});

describe("quaternionFromMatrix", () => {
  const matrix = ([x, y, z, w]: readonly number[] & { length: 4 }): number[] => {
    const [a, b, c, d] = [x, y, z, w] as [number, number, number, number];
    return [
      1 - 2 * (b * b + c * c), 2 * (a * b - c * d), 2 * (a * c + b * d),
      2 * (a * b + c * d), 1 - 2 * (a * a + c * c), 2 * (b * c - a * d),
      2 * (a * c - b * d), 2 * (b * c + a * d), 1 - 2 * (a * a + b * b),
    ];
  };

  it("makes the largest of x, y, z and the trace's w positive", () => {
    const cases: [number, number, number, number][] = [
      [0, 0, 0, 1],
      [0.9, 0.3, 0.3, 0.1],
      [-0.2, 0.95, 0.1, -0.2],
      [0.1, -0.1, 0.98, 0.05],
      [0.3, -0.2, 0.1, 0.92],
    ];
    for (const q of cases) {
      const length = Math.hypot(...q);
      const unit = q.map((value) => value / length) as [number, number, number, number];
      quaternionFromMatrix(matrix(unit)).forEach((value, i) => expect(value).toBeCloseTo(unit[i] as number, 12));
    }
  });
});
