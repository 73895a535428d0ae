import { expect, test } from "vitest";
import type { z } from "zod";
import { llmdpdConfig } from "./config.js";

test("defaults are those of the design", () => {
  expect(llmdpdConfig.parse({})).toMatchObject({
    hidden: 256, denoisingSteps: 5, textWidth: 64, trajectoryWidth: 64, promptSteps: 24, tasksPerBatch: 16, samplesPerTask: 16,
    transformer: { layers: 2, width: 64, heads: 4 }, eta: 1, gamma: 0.99, tau: 0.005, emaRate: 0.005, emaEvery: 5, emaFrom: 1000,
    actorLearningRate: 3e-4, criticLearningRate: 3e-4, policyGradient: "full-chain", textNoise: 0.5, textDropout: 0.3,
  });
});

test("every field says what it is and where it comes from", () => {
  const bare = Object.entries(llmdpdConfig.shape).filter(([, field]) => {
    const { description, source } = (field as z.ZodType).meta() ?? {};
    return typeof description !== "string" || typeof source !== "string";
  });
  expect(bare.map(([name]) => name)).toEqual([]);
});

test("unknown keys and heads that do not divide the width are errors", () => {
  expect(() => llmdpdConfig.parse({ hiden: 128 })).toThrow(/hiden/);
  expect(() => llmdpdConfig.parse({ transformer: { heads: 3 } })).toThrow(/heads must divide/);
});
