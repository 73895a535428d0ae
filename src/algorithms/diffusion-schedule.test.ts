import { expect, test } from "vitest";
import { variancePreserving } from "./diffusion-schedule.js";

const reference = {
  beta: [0.19587456, 0.45881819, 0.63578102, 0.75487819, 0.83503138],
  alphaBar: [0.80412544, 0.43517806, 0.15850011, 0.03885183, 0.00640933],
  posteriorVariance: [0, 0.15911353, 0.42674167, 0.66090738, 0.80776612],
  coefficientX0: [1, 0.72843528, 0.49841028, 0.31268087, 0.16565367],
  coefficientXt: [0, 0.25511622, 0.40507812, 0.43346566, 0.39290134],
} as const;

test("five steps agree with the reference values of Diffusion-QL", () => {
  const schedule = variancePreserving(5, { betaMin: 0.1, betaMax: 10 });
  for (const name of Object.keys(reference) as (keyof typeof reference)[]) {
    reference[name].forEach((value, i) => expect(schedule[name][i], `${name}[${i}]`).toBeCloseTo(value, 8));
  }
});

test("a single step denoises at once", () => {
  const schedule = variancePreserving(1, { betaMin: 0.1, betaMax: 10 });
  expect(schedule.coefficientX0[0]).toBeCloseTo(1, 12);
  expect(schedule.coefficientXt[0]).toBe(0);
  expect(schedule.alphaBar[0]).toBeCloseTo(Math.exp(-5.05), 12);
});
