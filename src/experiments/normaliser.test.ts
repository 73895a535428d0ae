import { describe, expect, it } from "vitest";
import { fitNormaliser, normalise } from "./normaliser.js";

describe("the normaliser", () => {
  const options = { width: 4, rewardScale: 10, goalVisible: true };
  const fitted = fitNormaliser([[0, 1, 2, 3], [2, 1, 4, 3]], options);

  it("has mean and deviation of the rows it saw", () => {
    expect(fitted.mean).toEqual([1, 1, 3, 3]);
    expect(fitted.deviation).toEqual([1.01, 0.01, 1.01, 0.01]);
  });
  it("scales, and clips at five deviations", () => {
    expect([...normalise([2.01, 1, 3, 9], fitted)]).toEqual([1, 0, 0, 5]);
  });
  it("hides the goal after scaling", () => {
    expect([...normalise([2.01, 2, 4, 9], { ...fitted, goalVisible: false })]).toEqual([1, 0, 0, 0]);
  });
  it("refuses rows of another width", () => {
    expect(() => fitNormaliser([[1, 2, 3]], options)).toThrow(/rows of 4 numbers required, got 3/);
  });
});
