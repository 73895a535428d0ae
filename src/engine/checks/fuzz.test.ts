import fc from "fast-check";
import { expect, test } from "vitest";
import { checkPrograms, fuzz, programOf } from "./fuzz.js";
import { randomInputs } from "./random-programs.js";

const steering = fc.array(fc.nat(1_000_000), { minLength: 60, maxLength: 60 });

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
  expect(await agree({ runs: 45, devices: ["xla:cpu"], seed: 20260322 })).toBe(450);
  expect(await agree({ runs: 5, devices: ["xla:cpu", "tfjs:js"], seed: 5 })).toBe(50);
}, 600_000);

test("the command's runs repeat", async () => {
  const [a, b] = [await fuzz({ count: 5, seed: 3, devices: ["tfjs:js"] }), await fuzz({ count: 5, seed: 3, devices: ["tfjs:js"] })];
  expect(a).toEqual(b);
  expect(a).toMatchObject({ programs: 5, failures: [] });
});
