import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { summarise, type EpisodeRow } from "./summarise.js";
import { wilson } from "./wilson.js";

/** Episodes of one task from a string such as "1101". */
function episodes(outcomes: string, row: Omit<EpisodeRow, "success" | "return">): EpisodeRow[] {
  return Array.from(outcomes, (outcome, i) => ({ ...row, success: outcome === "1", return: 10 * i }));
}

const base = { variant: "full", split: "seen" };

describe("summarise", () => {
  it("gives a row per task and one for all tasks, in order of appearance", () => {
    const rows = summarise([
      ...episodes("1101", { ...base, task: "door-open" }),
      ...episodes("00", { ...base, task: "bin-picking", split: "unseen" }),
      ...episodes("10", { ...base, task: "button-press" }),
      ...episodes("1", { variant: "expert", split: "seen", task: "door-open" }),
    ]);
    expect(rows.map(({ variant, split, task, n, success }) => [variant, split, task, n, success])).toEqual([
      ["full", "seen", "door-open", 4, 0.75],
      ["full", "seen", "button-press", 2, 0.5],
      ["full", "seen", "*", 6, 0.625], // tasks count the same, however many episodes they have
      ["full", "unseen", "bin-picking", 2, 0],
      ["full", "unseen", "*", 2, 0],
      ["expert", "seen", "door-open", 1, 1],
      ["expert", "seen", "*", 1, 1],
    ]);
    expect(rows[0]).toEqual({ ...base, task: "door-open", n: 4, runs: 1, success: 0.75, low: wilson(3, 4).low, high: wilson(3, 4).high, interval: "wilson", return: 15 });
    expect(rows[2]).toMatchObject({ interval: "bootstrap", return: 10 });
  });

  it("keeps a width where the episodes of each task agree", () => {
    const rows = [1, 1, 1, 0].flatMap((success, task) => Array.from({ length: 10 }, () => ({ variant: "full", split: "seen", task: `task-${task}`, success, return: 0 })));
    expect(summarise(rows).at(-1)).toMatchObject({ task: "*", success: 0.75, low: wilson(30, 40).low, high: wilson(30, 40).high, interval: "wilson" });
  });

  it("holds the mean over tasks also where the tasks have different numbers of episodes", () => {
    const rows = summarise([...episodes("1", { ...base, task: "a" }), ...episodes("1", { ...base, task: "b" }), ...episodes("00000", { ...base, task: "c" })]);
    const { success, low, high } = rows.at(-1)!;
    expect(success).toBeCloseTo(2 / 3, 12);
    expect([low, high]).toEqual([expect.closeTo(wilson(14 / 3, 7).low, 12), expect.closeTo(wilson(14 / 3, 7).high, 12)]);
  });

  it("keeps a width where all episodes agree", () => {
    const rows = summarise(episodes("1111111111", { ...base, task: "door-open" }));
    expect(rows[1]).toMatchObject({ task: "*", success: 1, low: wilson(10, 10).low, high: 1, interval: "wilson" });
  });

  it("is wider when runs differ than when the same episodes come from one run", () => {
    const outcomes = ["1111111110", "0000000001"];
    const tasks = ["door-open", "door-close", "faucet-open", "faucet-close"];
    const two = tasks.flatMap((task) => outcomes.flatMap((text, seed) => episodes(text, { ...base, task, seed })));
    const one = tasks.flatMap((task) => episodes(outcomes.join(""), { ...base, task }));
    const [wide, narrow] = [two, one].map((rows) => summarise(rows).find((row) => row.task === "*"));
    expect(wide).toMatchObject({ runs: 2, n: 80, success: 0.5 });
    expect(narrow).toMatchObject({ runs: 1, n: 80, success: 0.5 });
    // Runs are drawn for all tasks together, so both runs may be the good one: 0.9 lies inside.
    expect(wide?.high).toBeGreaterThan(0.88);
    expect(narrow?.high).toBeLessThan(0.65);
  });

  it("holds for unbalanced data: a run that lacks a task", () => {
    const rows = summarise([...episodes("10", { ...base, task: "a", seed: 0 }), ...episodes("0110", { ...base, task: "b", seed: 1 })]);
    expect(rows.map(({ task, n, runs, success }) => [task, n, runs, success])).toEqual([["a", 2, 1, 0.5], ["b", 4, 1, 0.5], ["*", 6, 2, 0.5]]);
  });

  it("intervals contain the estimate, lie in [0, 1] and repeat with the seed", () => {
    const outcome = fc.stringMatching(/^[01]{1,6}$/);
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 3 }), (texts, runs) => {
        const rows = texts.flatMap((text, task) => Array.from({ length: runs }, (_, seed) => episodes(text, { ...base, task: `t${task}`, seed })).flat());
        const summary = summarise(rows, { replicates: 200, seed: 3 });
        for (const { low, high, success } of summary) {
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          expect(low).toBeLessThanOrEqual(success + 1e-9);
          expect(high).toBeGreaterThanOrEqual(success - 1e-9);
        }
        expect(summarise(rows, { replicates: 200, seed: 3 })).toEqual(summary);
      }),
      { numRuns: 50 },
    );
  });

  it("of nothing is nothing, and success must be 0 or 1", () => {
    expect(summarise([])).toEqual([]);
    expect(() => summarise([{ ...base, task: "door-open", success: 0.5, return: 0 }])).toThrow('task "door-open": success must be 0 or 1, got 0.5');
  });
});
