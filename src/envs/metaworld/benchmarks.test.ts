import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot, sha256 } from "../../util/index.js";
import { benchmarkNames, metaworldBenchmark, type TaskGoals } from "./benchmarks.js";
import { MersenneTwister } from "./mersenne-twister.js";
import { ml45Train, taskNames } from "./registry.js";

interface GoldenPart {
  readonly task: string;
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly sha256: string;
}

interface Golden {
  readonly benchmarks: readonly { benchmark: string; seed: number; task?: string; train: readonly GoldenPart[]; test: readonly GoldenPart[] }[];
}

const golden = JSON.parse(readFileSync(join(projectRoot(), "test", "golden", "metaworld_goals.json"), "utf8")) as Golden;
const numbers = ({ goals }: TaskGoals): Float64Array => Float64Array.from(goals.flatMap((goal) => [...goal]));
const summary = (part: readonly TaskGoals[]): GoldenPart[] =>
  part.map((each) => ({ task: each.task, first: [...(each.goals[0] as Float64Array)], last: [...(each.goals.at(-1) as Float64Array)], sha256: sha256(new Uint8Array(numbers(each).buffer)) }));

describe("MersenneTwister", () => {
  it("gives NumPy's numbers", () => {
    // numpy.random.seed(0); numpy.random.uniform(size=3)
    const zero = new MersenneTwister(0);
    expect([zero.uniform(), zero.uniform(), zero.uniform()]).toEqual([0.5488135039273248, 0.7151893663724195, 0.6027633760716439]);
  });
});

describe("metaworldBenchmark", () => {
  it.each(golden.benchmarks)("draws the goals of Python's $benchmark with seed $seed, in its order of tasks", ({ benchmark, seed, train, test, task }) => {
    const made = metaworldBenchmark(benchmark, { seed, ...(task === undefined ? {} : { task }) });
    expect(summary(made.train)).toEqual(train);
    expect(summary(made.test)).toEqual(test);
  });

  it.each(benchmarkNames)("%s: 50 different goals a task, other tasks or goals for testing", (name) => {
    const { train, test, goalVisible } = metaworldBenchmark(name, { seed: 1, ...(name.endsWith("1") ? { task: "push" } : {}) });
    const keys = (part: readonly TaskGoals[]): string[] => part.flatMap(({ task, goals }) => goals.map((goal) => `${task} ${goal.join()}`));
    const all = [...keys(train), ...keys(test)];
    expect(new Set(all).size).toBe(50 * (train.length + test.length));
    expect(goalVisible).toBe(name.startsWith("mt"));
    expect(test.length > 0).toBe(name.startsWith("ml"));
  });

  it("has ML45's and all fifty tasks", () => {
    expect(metaworldBenchmark("ml45", { seed: 0 }).train.map(({ task }) => task).sort()).toEqual([...ml45Train].sort());
    expect(metaworldBenchmark("mt50", { seed: 0 }).train.map(({ task }) => task).sort()).toEqual([...taskNames].sort());
  });

  it("refuses what it cannot draw", () => {
    expect(() => metaworldBenchmark("ml11", { seed: 0 })).toThrow(/Cannot find benchmark "ml11". Did you mean "ml1"/);
    expect(() => metaworldBenchmark("ml1", { seed: 0 })).toThrow(/name of its one task required/);
    expect(() => metaworldBenchmark("mt10", { seed: 0, task: "push" })).toThrow(/has tasks of its own/);
    expect(() => metaworldBenchmark("ml10", { seed: -1 })).toThrow(/from 0 to 4294967295/);
    expect(() => metaworldBenchmark("mt1", { seed: 0, task: "pusk" })).toThrow(/Did you mean "push"/);
  });
});
