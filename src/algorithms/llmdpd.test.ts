import { describe, expect, test } from "vitest";
import { compileStep } from "../engine/index.js";
import { Rng } from "../util/index.js";
import { llmdpdConfig } from "./config.js";
import { createLlmdpd } from "./create.js";

const small = { hidden: 16, textWidth: 8, textHidden: 8, trajectoryWidth: 8, transformer: { layers: 1, width: 8, heads: 2 }, promptSteps: 4, tasksPerBatch: 3, samplesPerTask: 4 };
const dims = { observation: 5, action: 2, text: 6 };

describe("an LLMDPD update", () => {
  test("runs", async () => {
    const method = createLlmdpd({ config: llmdpdConfig.parse(small), dims });
    const step = await compileStep(method.update, { state: method.initState(new Rng(0)), batch: method.exampleBatch() }, { device: "jax-js" });
    const [metrics] = await step.run(method.exampleBatch());
    expect(Object.values(metrics ?? {}).every(Number.isFinite)).toBe(true);
    step.dispose();
  });
});
