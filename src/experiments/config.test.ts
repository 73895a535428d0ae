import { describe, expect, it } from "vitest";
import { taskNames } from "../envs/index.js";
import { runConfig, type RunConfig } from "./config.js";
import { locomotionConfig, locomotionDatasets, type LocomotionConfig } from "./locomotion/config.js";
import { runConfigFields, runSettings } from "./run-config.js";
import { allStudies, studyNamed, studyNames, studyPresets, studyRunConfig } from "./studies.js";
import { variantNamed, variantNames } from "./variants.js";

const metaworld = (study: string, variant: string): RunConfig => studyRunConfig(studyNamed(study), { variant, seed: 0 }) as RunConfig;

describe("the configuration", () => {
  it("documents every field", () => {
    for (const fields of [runConfigFields(), runConfigFields("locomotion")]) {
      expect(fields.length).toBeGreaterThan(50);
      expect(fields.filter(({ about, source, default: value }) => about === "" || source === "" || value === undefined).map(({ key }) => key)).toEqual([]);
    }
  });

  it("names unknown fields, variants and studies with the nearest match", () => {
    expect(() => runSettings(["algorithm.hiden=64"], { suite: "metaworld" })).toThrow(/Did you mean "algorithm\.hidden"\?/);
    expect(() => runConfig({ train: { update: 1 } })).toThrow(/Did you mean "train\.updates"\?/);
    expect(() => variantNamed("no-txt")).toThrow(/Did you mean "no-text"\?/);
    expect(() => studyNamed("quik")).toThrow(/Did you mean "quick"\?.*smoke/);
    expect(() => studyNamed("locomotion", { preset: "smal" })).toThrow(/Did you mean "small"\?/);
    expect(() => studyNamed("quick", { preset: "small" })).toThrow(/the study quick has none/);
    expect(() => locomotionConfig({ data: { datasets: ["hopper-medum"] } })).toThrow(/data\.datasets\.0/);
  });

  it("refuses what cannot work together", () => {
    expect(() => runConfig({ train: { metricsEvery: 7 } })).toThrow(/checkpointEvery.*multiple/);
    expect(() => runConfig({ data: { trainTasks: ["reach"], testTasks: ["reach"] } })).toThrow(/reach is in both/);
    expect(() => locomotionConfig({ train: { evaluateEvery: 150 } })).toThrow(/evaluateEvery.*multiple/);
    expect(() => locomotionConfig({ data: { datasets: ["hopper-medium", "hopper-medium"] } })).toThrow(/each data set once/);
    expect(() => studyRunConfig(studyNamed("quick"), { variant: "diffusion-ql-hopper-medium", seed: 0 })).toThrow(/belongs to the suite locomotion/);
    const other = { data: { datasets: ["hopper-medium"] } };
    expect(() => studyRunConfig(studyNamed("locomotion"), { variant: "diffusion-ql-walker2d-medium", seed: 0, overrides: other })).toThrow(/Cannot set data\.datasets=\["hopper-medium"\] of variant "diffusion-ql-walker2d-medium": it is \["walker2d-medium"\] by that name.*--variants/);
    const quick = (variant: string, overrides: Readonly<Record<string, unknown>>): unknown => studyRunConfig(studyNamed("quick"), { variant, seed: 0, overrides });
    expect(() => quick("no-text", { algorithm: { useText: true } })).toThrow(/Cannot set algorithm\.useText=true of variant "no-text"/);
    expect(() => quick("denoise-1", { algorithm: { denoisingSteps: 7 } })).toThrow(/denoisingSteps=7 of variant "denoise-1": it is 1/);
    expect(() => quick("full", { seed: 4 })).toThrow(/Cannot set seed: options choose what names a run/);
    expect((studyRunConfig(studyNamed("locomotion"), { variant: "diffusion-ql-hopper-medium", seed: 0, overrides: { algorithm: { eta: 0 } } }) as LocomotionConfig).algorithm.eta).toBe(0);
    expect((studyRunConfig(studyNamed("locomotion"), { variant: "full", seed: 0, overrides: other }) as LocomotionConfig).data.datasets).toEqual(["hopper-medium"]);
  });
});

describe("studies and variants", () => {
  it("are legal configurations on known tasks, each variant with a reason", () => {
    for (const study of studyNames.filter((name) => studyNamed(name).suite === "metaworld")) {
      for (const variant of variantNames.filter((name) => variantNamed(name).suite !== "locomotion")) {
        const { data } = metaworld(study, variant);
        expect([...data.trainTasks, ...data.testTasks].filter((task) => !taskNames.includes(task))).toEqual([]);
      }
    }
    for (const preset of ["smoke", "small", "paper"]) {
      for (const variant of variantNames.filter((name) => variantNamed(name).suite !== "metaworld")) {
        const { data } = studyRunConfig(studyNamed("locomotion", { preset }), { variant, seed: 0 }) as LocomotionConfig;
        expect(data.datasets.filter((name) => !locomotionDatasets.includes(name))).toEqual([]);
      }
    }
    expect(variantNames.filter((name) => variantNamed(name).reason.length < 10)).toEqual([]);
  });

  it("quick trains every variant for the same number of updates on enough tasks, full loss included", () => {
    const quick = studyNamed("quick");
    const all = quick.variants.map((variant) => metaworld("quick", variant));
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

  it("locomotion trains Diffusion-QL for each data set, with that data set's settings, and one prompted policy for all", () => {
    for (const { name } of studyPresets("locomotion")) {
      const study = studyNamed("locomotion", { preset: name });
      const [full, ...others] = study.variants.map((variant) => studyRunConfig(study, { variant, seed: 0 }) as LocomotionConfig);
      expect(others.map(({ data }) => data.datasets.join())).toEqual(full?.data.datasets);
      expect(full?.algorithm).toMatchObject({ useText: true, useTrajectory: true, tasksPerBatch: others.length });
      expect(others.every(({ algorithm }) => !algorithm.useText && !algorithm.useTrajectory && algorithm.samplesPerTask === 256)).toBe(true);
      expect(new Set([full, ...others].map((each) => each?.train.updates)).size).toBe(1);
      expect(allStudies().find(({ name: each }) => each === study.name)?.command).toBe(`npx --no llmdpd study locomotion --preset ${name}`);
    }
    const clip = (variant: string): number => (studyRunConfig(studyNamed("locomotion"), { variant, seed: 0 }) as LocomotionConfig).algorithm.actorGradientClip;
    expect([clip("diffusion-ql-hopper-medium"), clip("diffusion-ql-halfcheetah-medium-replay")]).toEqual([9, 2]);
  });
});
