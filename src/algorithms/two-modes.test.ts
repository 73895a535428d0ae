import { expect, test } from "vitest";
import { compile, compileStep } from "../engine/index.js";
import { Rng } from "../util/index.js";
import { createBatchSampler, type TransitionStore } from "./batch-sampler.js";
import { llmdpdConfig } from "./config.js";
import { createLlmdpd } from "./create.js";
import type { ActingInputs } from "./acting.js";
import type { Policy } from "./llmdpd.js";

const dims = { observation: 1, action: 1, text: 0 };

/** Half of the actions lie around −0.8 without reward, half around 0.8 with reward 1; every episode is one step long. */
function twoModes(): TransitionStore {
  const rng = new Rng(1);
  const count = 2000;
  const side = Float32Array.from({ length: count }, (_, i) => (i % 2 === 0 ? -1 : 1));
  return {
    tasks: [
      {
        name: "two-modes",
        count,
        observations: new Float32Array(count),
        actions: side.map((sign) => 0.8 * sign + 0.05 * rng.normal()),
        rewards: side.map((sign) => (sign > 0 ? 1 : 0)),
        nextObservations: new Float32Array(count),
        notDone: new Float32Array(count),
        goalStarts: Int32Array.of(0, count),
        prompts: [],
        texts: [],
      },
    ],
  };
}

/** Trains and draws 400 actions: the shares left of −0.4 and right of 0.4. */
async function learn(eta: number): Promise<{ left: number; right: number }> {
  const config = llmdpdConfig.parse({
    useText: false, useTrajectory: false, hidden: 64, hiddenLayers: 2, tasksPerBatch: 1, samplesPerTask: 256,
    eta, actorLearningRate: 0.01, criticLearningRate: 3e-3, emaRate: 0.02, emaEvery: 1, emaFrom: 0, learningRateSchedule: "cosine",
  });
  const method = createLlmdpd({ config, dims });
  const updates = 1000;
  const sampler = createBatchSampler({ config, dims, store: twoModes(), rng: new Rng(2), totalSteps: updates });
  const step = await compileStep(method.update, { state: method.initState(new Rng(3)), batch: method.exampleBatch() });
  for (let k = 0; k < updates; k++) await step.run(sampler.sample(k));
  const { ema } = await step.readState();
  step.dispose();

  const rows = 400;
  const inputs = method.exampleActing({ rows });
  new Rng(4).fillNormal(inputs.noise.data as Float32Array);
  const act = await compile(({ policy, x }: { policy: Policy; x: ActingInputs }) => method.act({ policy }, x), [{ policy: ema, x: inputs }]);
  const { data } = await act({ policy: ema, x: inputs });
  act.dispose();
  const share = (side: number): number => data.filter((action) => side * action > 0.4).length / rows;
  return { left: share(-1), right: share(1) };
}

test("the denoiser learns both modes of the data", async () => {
  const { left, right } = await learn(0);
  expect(left + right).toBeGreaterThan(0.75);
  expect(Math.min(left, right)).toBeGreaterThan(0.3);
});

test("the Q term moves it to the mode that is rewarded", async () => {
  const { left, right } = await learn(1);
  expect(right).toBeGreaterThan(0.8);
  expect(left).toBeLessThan(0.1);
});
