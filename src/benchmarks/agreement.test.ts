import { describe, expect, it } from "vitest";
import { hostArray } from "../engine/index.js";
import { compareStates } from "./agreement.js";

const state = (w: number[], b: number[]): Map<string, ReturnType<typeof hostArray>> => new Map([["w", hostArray([w.length], w)], ["b", hostArray([b.length], b)]]);

describe("compareStates", () => {
  it("gives the relative norm of each difference, largest first", () => {
    const errors = compareStates(state([3, 4], [1]), state([3, 4.5], [1.2]));
    expect(errors.map(({ path }) => path)).toEqual(["b", "w"]);
    expect(errors[0]?.error).toBeCloseTo(0.2, 6);
    expect(errors[1]?.error).toBeCloseTo(0.1, 6);
  });

  it("compares what vanishes absolutely", () => {
    const [worst] = compareStates(state([1], [1e-9]), state([1], [-1e-9]));
    expect(worst).toMatchObject({ path: "b", absolute: true });
    expect(worst?.error).toBeCloseTo(2e-9, 12);
  });

  it("puts what is not a number first", () => {
    expect(compareStates(state([1], [1]), state([NaN], [2]))[0]?.path).toBe("w");
  });

  it("refuses states of other names or sizes", () => {
    const other = state([1], [1]);
    other.delete("b");
    expect(() => compareStates(state([1], [1]), other)).toThrow("missing [b]");
    expect(() => compareStates(state([1], [1]), state([1, 2], [1]))).toThrow('Cannot compare "w": the same shape is required, got (1) and (2)');
  });
});
