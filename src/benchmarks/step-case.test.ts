import { describe, expect, it } from "vitest";
import { ownSide, stepCase } from "./step-case.js";
import { stepTable } from "./step-report.js";
import type { StepResult } from "./step-bench.js";

describe("a case of the step benchmark", () => {
  it("groups the batch by task and has the moving average due", () => {
    const made = stepCase({ batch: 128, hidden: 32, trajectory: false, threads: 1 });
    expect(made.config).toMatchObject({ hidden: 32, useTrajectory: false, tasksPerBatch: 16, samplesPerTask: 8, denoisingSteps: 5 });
    const { sampler } = ownSide({ ...made, data: { tasks: 16, transitions: 40, goals: 4, prompts: 4, texts: 2 } }, { buffers: 1 });
    const batch = sampler.sample(0);
    expect(batch.observation.shape).toEqual([128, 39]);
    expect(batch.emaRate.data[0]).toBeCloseTo(0.005, 8);
    expect(batch.prompt).toBeUndefined();
  });

  it("refuses a batch that cannot be grouped", () => {
    expect(() => stepCase({ batch: 100, hidden: 32, trajectory: true, threads: 1 })).toThrow("a multiple of 16 is required");
  });

  it("is printed with what is missing marked and explained", () => {
    const result: StepResult = {
      batch: 256, hidden: 256, trajectory: true, threads: 1, ours_ms: 50, torch_eager_ms: 100, torch_compiled_ms: null, jax_ms: 40.04, ratio: 0.5, cpu_ms: { ours: 50 },
      agreement: { "torch-eager": 2e-6 }, device: "xla", compile_ms: 3000, rss_mb: 700, pinned: true, notes: ["torch-compiled: gave up"],
    };
    const lines = stepTable([result]).split("\n");
    expect(lines[1]?.trim().split(/\s{2,}/)).toEqual(["256", "256", "yes", "1", "50.0", "100.0", "–", "40.0", "0.50"]);
    expect(lines.join("\n")).toContain("agreed within 2.0e-6");
    expect(lines.at(-1)).toBe("torch-compiled: gave up");
  });
});
