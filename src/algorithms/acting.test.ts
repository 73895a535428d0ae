import { describe, expect, test } from "vitest";
import { compile, type HostArray, type Tensor } from "../engine/index.js";
import { Rng } from "../util/index.js";
import type { ActingInputs, ActingParameters } from "./acting.js";
import { actingParameters, createLlmdpd, type Llmdpd } from "./create.js";
import { criticValues, type Judged, type TwinCritic } from "./twin-critic.js";
import { smallConfig, smallDims as dims } from "./test-data.js";

const method = createLlmdpd({ config: smallConfig({ actingTemperature: 1e-4 }), dims });
const parameters = actingParameters(method.initState(new Rng(0)));
const rows = 3;

function criticMinimum(critics: TwinCritic, judged: Judged): Tensor {
  const [first, second] = criticValues(critics, judged);
  return first.minimum(second);
}

function randomInputs({ candidates }: { candidates: number }): ActingInputs<HostArray> {
  const rng = new Rng(5);
  const inputs = method.exampleActing({ rows, candidates });
  for (const array of Object.values(inputs)) rng.fillNormal(array.data as Float32Array);
  return inputs;
}

const actWith = async (of: Llmdpd, inputs: ActingInputs<HostArray>, { given = parameters }: { given?: ActingParameters<HostArray> } = {}): Promise<HostArray> => {
  const compiled = await compile(({ p, x }: { p: ActingParameters; x: ActingInputs }) => of.act(p, x), [{ p: given, x: inputs }], { device: "jax-js" });
  const action = await compiled({ p: given, x: inputs });
  compiled.dispose();
  return action;
};

describe("acting", () => {
  test("with one candidate needs no critic and stays within the range of actions", async () => {
    const action = await actWith(method, randomInputs({ candidates: 1 }), { given: { policy: parameters.policy } });
    expect(action.shape).toEqual([rows, 2]);
    expect([...action.data].every((value) => Math.abs(value) <= 1)).toBe(true);
  });

  test("with several picks the candidate of the largest minimum of both critics when the temperature is low", async () => {
    const candidates = 6;
    const inputs = randomInputs({ candidates });
    const { gumbel: _, ...single } = inputs;
    // Each candidate is what a single draw with its noise gives.
    const drawn = await Promise.all(
      Array.from({ length: candidates }, (_unused, n) => {
        const width = rows * 2;
        const data = Float32Array.from({ length: 5 * width }, (_value, i) => inputs.noise.data[Math.floor(i / width) * candidates * width + n * width + (i % width)]!);
        return actWith(method, { ...single, noise: { ...inputs.noise, shape: [5, rows, 2], data } });
      }),
    );
    const worst = await compile(
      ({ p, x, action }: { p: ActingParameters; x: ActingInputs; action: ActingInputs["observation"] }) => criticMinimum(p.critic!, { observation: x.observation, action, z: x.z }),
      [{ p: parameters, x: single, action: drawn[0]! }],
      { device: "jax-js" },
    );
    const values = await Promise.all(drawn.map(async (action) => (await worst({ p: parameters, x: single, action })).data));
    const picked = await actWith(method, inputs);
    for (let row = 0; row < rows; row++) {
      const best = values.reduce((top, value, n) => (value[row]! > values[top]![row]! ? n : top), 0);
      for (let i = 0; i < 2; i++) expect(picked.data[row * 2 + i]).toBeCloseTo(drawn[best]!.data[row * 2 + i]!, 5);
    }
    worst.dispose();
  });

  test("with several follows the Gumbel noise when the temperature is high", async () => {
    const hot = createLlmdpd({ config: smallConfig({ actingTemperature: 1e6 }), dims });
    const candidates = 2;
    const inputs = randomInputs({ candidates });
    const favour = (n: number): ActingInputs<HostArray> => ({ ...inputs, gumbel: { ...inputs.gumbel!, data: Float32Array.from({ length: 2 * rows }, (_, i) => (Math.floor(i / rows) === n ? 5 : 0)) } });
    const [first, second] = [await actWith(hot, favour(0)), await actWith(hot, favour(1))];
    expect(first.data).not.toEqual(second.data);
    expect(await actWith(hot, favour(0))).toEqual(first);
  });

  test("with padding gives zeros there, which the critics judge", async () => {
    const inputs = randomInputs({ candidates: 6 });
    const mask: HostArray = { dtype: "float32", shape: [1, 2], data: Float32Array.of(1, 0) };
    const padded = await actWith(method, { ...inputs, actionMask: mask });
    for (let row = 0; row < rows; row++) expect(padded.data[row * 2 + 1]).toBe(0);
    // Critics that do not look at the padded number pick the same candidates.
    const blind = ({ input, ...rest }: TwinCritic<HostArray>["first"]): TwinCritic<HostArray>["first"] => {
      const half = input.action.data.length / 2;
      return { ...rest, input: { ...input, action: { ...input.action, data: (input.action.data as Float32Array).map((value, i) => (i < half ? value : 0)) } } };
    };
    const { first, second } = parameters.critic;
    const unmasked = await actWith(method, inputs, { given: { ...parameters, critic: { first: blind(first), second: blind(second) } } });
    for (let row = 0; row < rows; row++) expect(padded.data[row * 2]).toBeCloseTo(unmasked.data[row * 2]!, 6);
  });

  test("with several candidates and no critics is an error", async () => {
    await expect(actWith(method, randomInputs({ candidates: 2 }), { given: { policy: parameters.policy } })).rejects.toThrow(/Cannot pick one of 2 candidates/);
  });
});
