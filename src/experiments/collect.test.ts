import { describe, expect, it } from "vitest";
import { compareWithFull, describeStudy } from "./collect.js";
import { summarise } from "../stats/index.js";
import type { EpisodeRecord } from "./records.js";

const row = (variant: string, split: "seen" | "unseen", episode: number, success: 0 | 1): EpisodeRecord => ({
  variant, seed: "0", split, task: "door-open", episode, goalSeed: 1_000_000, success, firstSuccess: success === 1 ? 50 : -1, steps: 100,
  return: 10, promptGoal: "other", goalVisible: 1, candidates: 1, maxSteps: 100, protocol: "quick (maxSteps=100)",
});
const episodes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((i) => [
  row("full", "seen", i, 1),
  row("no-text", "seen", i, i < 2 ? 1 : 0),
  row("no-trajectory", "seen", i, i < 9 ? 1 : 0),
]);

describe("the comparison with full", () => {
  const comparison = compareWithFull(episodes);

  it("pairs episodes and bounds the difference", () => {
    expect(comparison.map(({ variant, n }) => [variant, n])).toEqual([["no-text", 10], ["no-trajectory", 10]]);
    expect(comparison[0]?.difference).toBeCloseTo(0.8);
    expect(comparison[0]?.low).toBeGreaterThan(0.4);
    expect(comparison[1]?.low).toBe(0);
  });

  it("counts trainings as what may differ, not only episodes", () => {
    // The first training of full is the better one, the second the worse one: no difference that two trainings show.
    const outcomes = [0, 1].flatMap((seed) => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((i) => [{ ...row("full", "seen", i, seed === 0 ? 1 : 0), seed: String(seed) }, { ...row("no-text", "seen", i, seed === 0 && i < 3 ? 1 : seed === 1 && i < 3 ? 1 : 0), seed: String(seed) }]));
    const [compared] = compareWithFull(outcomes);
    expect(compared).toMatchObject({ n: 20, runs: 2, same: 10 });
    expect([compared!.low < 0, compared!.high > 0.5]).toEqual([true, true]);
    expect(describeStudy({ summary: summarise(outcomes), comparison: [compared!] })).toMatch(/With 2 trainings an interval is little more than the range of their means/);
  });

  it("keeps a width where the pairs of every task agree", () => {
    const outcomes = ["a", "b", "c", "d", "e"].flatMap((task) => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((i) => [{ ...row("full", "seen", i, task === "a" ? 1 : 0), task }, { ...row("no-text", "seen", i, 0), task }]));
    const [compared] = compareWithFull(outcomes);
    expect(compared).toMatchObject({ difference: 0.2, n: 50, same: 40 });
    // Newcombe's interval of 10 of 50 and 0 of 50.
    expect([compared!.low, compared!.high]).toEqual([expect.closeTo(0.08705, 5), expect.closeTo(0.33037, 5)]);
  });

  it("claims no more than the intervals carry", () => {
    const text = describeStudy({ summary: summarise(episodes).map((each) => ({ ...each, protocol: "quick" })), comparison });
    expect(text).toMatch(/Protocol: quick: 10 goals a task.*300 steps/);
    expect(text).toMatch(/full − no-text.*full is better on these episodes/);
    expect(text).toMatch(/full − no-trajectory.*not told apart/);
    expect(text).toMatch(/One training per variant/);
    expect(text).not.toMatch(/tasks never trained on/);
  });
});
