import { describe, expect, it } from "vitest";
import { taskNames } from "../envs/index.js";
import { runConfig, runConfigFields, runSettings } from "./config.js";
import { studyNamed, studyNames, studyRunConfig } from "./studies.js";
import { variantNamed, variantNames } from "./variants.js";

const config = (study: string, variant: string) => studyRunConfig(studyNamed(study), { variant, seed: 0 });

describe("the configuration", () => {
  it("documents every field", () => {
    const fields = runConfigFields();
    expect(fields.length).toBeGreaterThan(50);
    expect(fields.filter(({ about, source, default: value }) => about === "" || source === "" || value === undefined).map(({ key }) => key)).toEqual([]);
  });

  it("names unknown fields, variants and studies with the nearest match", () => {
    expect(() => runSettings(["algorithm.hiden=64"])).toThrow(/Did you mean "algorithm\.hidden"\?/);
    expect(() => runConfig({ train: { update: 1 } })).toThrow(/Did you mean "train\.updates"\?/);
    expect(() => variantNamed("no-txt")).toThrow(/Did you mean "no-text"\?/);
    expect(() => studyNamed("quik")).toThrow(/Did you mean "quick"\?.*smoke/);
  });

  it("refuses what cannot work together", () => {
    expect(() => runConfig({ train: { metricsEvery: 7 } })).toThrow(/checkpointEvery.*multiple/);
    expect(() => runConfig({ data: { trainTasks: ["reach"], testTasks: ["reach"] } })).toThrow(/reach is in both/);
  });
});

describe("studies and variants", () => {
  it("are legal configurations on known tasks, each variant with a reason", () => {
    for (const study of studyNames) {
      for (const variant of variantNames) {
        const { data } = config(study, variant);
        expect([...data.trainTasks, ...data.testTasks].filter((task) => !taskNames.includes(task))).toEqual([]);
      }
    }
    expect(variantNames.filter((name) => variantNamed(name).reason.length < 10)).toEqual([]);
  });

  it("quick trains every variant for the same number of updates on enough tasks, full loss included", () => {
    const quick = studyNamed("quick");
    const all = quick.variants.map((variant) => config("quick", variant));
    expect(quick.variants).toEqual(["full", "no-text", "no-trajectory", "smaller-llm", "no-prompts"]);
    expect(new Set(all.map(({ train }) => train.updates)).size).toBe(1);
    for (const { data, train, algorithm, evaluate } of all) {
      expect(train.updates).toBeGreaterThanOrEqual(4000);
      expect(algorithm.eta).toBeGreaterThan(0);
      expect(data.trainTasks.length).toBeGreaterThanOrEqual(12);
      expect(data.testTasks).toEqual(["bin-picking", "box-close", "hand-insert", "door-lock", "door-unlock"]);
      expect(evaluate.episodes).toBeGreaterThanOrEqual(10);
    }
  });
});
