import fc from "fast-check";
import { expect, test } from "vitest";
import { checkPrograms, fuzz, programOf } from "./fuzz.js";
import { randomInputs } from "./random-programs.js";

/** Programs of one to four operations: XLA's compiler takes its time for each. */
const steering = fc.tuple(fc.nat(3), fc.array(fc.nat(1_000_000), { minLength: 30, maxLength: 30 })).map(([count, numbers]) => [count, ...numbers]);

/** Ten programs to a compilation. */
async function agree({ runs, devices, seed }: { runs: number; devices: readonly ("xla:cpu" | "tfjs:js" | "onnx:cpu")[]; seed: number }): Promise<number> {
  let programs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(steering, { minLength: 10, maxLength: 10 }), fc.nat(100), async (lists, inputSeed) => {
      const { failures } = await checkPrograms(lists.map(programOf), { devices, inputs: randomInputs(inputSeed) });
      expect(failures.map(({ device, reason, program, graph }) => `${device}: ${reason}\n${JSON.stringify(program)}\n${graph}`)).toEqual([]);
      programs += lists.length;
    }),
    { numRuns: runs, seed, endOnFailure: true },
  );
  return programs;
}

test("500 random programs and gradients agree with jax-js", async () => {
  // What is lowered is one graph for all devices; the quicker ones take half of the programs.
  expect(await agree({ runs: 25, devices: ["xla:cpu"], seed: 20260322 })).toBe(250);
  expect(await agree({ runs: 20, devices: ["tfjs:js"], seed: 5 })).toBe(200);
  expect(await agree({ runs: 5, devices: ["tfjs:js", "onnx:cpu"], seed: 6 })).toBe(50);
}, 600_000);

test("the command's runs repeat", async () => {
  const [a, b] = [await fuzz({ count: 5, seed: 3, devices: ["tfjs:js"] }), await fuzz({ count: 5, seed: 3, devices: ["tfjs:js"] })];
  expect(a).toEqual(b);
  expect(a).toMatchObject({ programs: 5, failures: [] });
});
