import fc from "fast-check";
import { expect, test } from "vitest";
import { valueAndGrad } from "./grad.js";
import { inputShapes, randomProgram } from "./random-programs.js";
import type { Tensor } from "./tensor.js";
import { difference, normal } from "./testing.js";

const inputs = inputShapes.map((shape, i) => normal(shape, i + 1));
const steering = fc.array(fc.nat(1_000_000), { minLength: 60, maxLength: 60 });

test("200 random programs and their gradients agree with jax-js", async () => {
  let programs = 0;
  // Ten programs to a compilation.
  await fc.assert(
    fc.asyncProperty(fc.array(steering, { minLength: 10, maxLength: 10 }), async (lists) => {
      const found = await difference(
        (...tensors) =>
          lists.flatMap((numbers, i) => {
            if (i % 2 === 0) return randomProgram(numbers, { inputs: tensors, differentiable: false });
            const [loss, gradients] = valueAndGrad((leaves: Tensor[]) => (randomProgram(numbers, { inputs: leaves, differentiable: true }).at(-1) as Tensor).tanh().sum())(tensors);
            return [loss, ...gradients];
          }),
        inputs,
        1e-4,
      );
      expect(found).toBe("");
      programs += lists.length;
    }),
    { numRuns: 20, seed: 20260322, endOnFailure: true },
  );
  expect(programs).toBe(200);
}, 600_000);
