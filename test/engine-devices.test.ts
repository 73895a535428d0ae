/** Every device that is at hand computes what jax-js computes: forward passes, and five updates of the whole method. */
import { existsSync } from "node:fs";
import koffi from "koffi";
import { beforeAll, describe, expect, it } from "vitest";
import { actingParameters, createLlmdpd } from "../src/algorithms/index.js";
import { randomBatch, smallConfig, smallDims } from "../src/algorithms/test-data.js";
import { compareStates, type Disagreement } from "../src/benchmarks/agreement.js";
import { compile, compileStep, devices, treeEntries, treeMap, type DeviceId, type DeviceRow, type HostArray, type Tree } from "../src/engine/index.js";
import { Rng } from "../src/util/index.js";

/** Devices that must work where the tests run; others are checked if they are there. */
const required: readonly DeviceId[] = ["xla:cpu", "onnx:cpu", "tfjs:js", ...(process.env["CI"] === "true" ? (["onnx:webgpu"] as const) : [])];
const checked: readonly DeviceId[] = ["xla:cpu", "xla:cuda", "xla:rocm", "xla:metal", "onnx:cpu", "onnx:webgpu", "tfjs:js", "tfjs:node", "tfjs:gpu"];

/** Chromium brings a graphics processor made of software, and what finds it. */
const chromium = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"].find((folder) => existsSync(`${folder}/vk_swiftshader_icd.json`));
const libraries: unknown[] = [];

const config = smallConfig();
const method = createLlmdpd({ config, dims: smallDims });
const state = method.initState(new Rng(1));
const batchAt = (step: number): ReturnType<typeof method.exampleBatch> => randomBatch(config, { dims: smallDims, step });

type Tensors = ReadonlyMap<string, HostArray>;
const entries = (tree: unknown): Tensors => new Map(treeEntries(tree as Tree<HostArray>));

async function updated(device: DeviceId): Promise<Tensors> {
  const step = await compileStep(method.update, { state, batch: batchAt(0) }, { device });
  for (let i = 0; i < 5; i++) await step.run(batchAt(i));
  const result = entries(await step.readState());
  step.dispose();
  return result;
}

/** Prompts read, and actions drawn from one and from several candidates. */
async function forward(device: DeviceId): Promise<Tensors> {
  const rows = 6;
  const normal = (example: unknown): unknown => {
    const rng = new Rng(7);
    return treeMap(({ shape, dtype, data }: HostArray) => ({ shape, dtype, data: rng.fillNormal(new Float32Array(data.length)) }), example as Tree<HostArray>);
  };
  const parameters = actingParameters(state);
  const inputs = { prompts: normal(method.examplePrompts(rows)), one: normal(method.exampleActing({ rows })), four: normal(method.exampleActing({ rows, candidates: 4 })) } as {
    prompts: ReturnType<typeof method.examplePrompts>;
    one: ReturnType<typeof method.exampleActing>;
    four: ReturnType<typeof method.exampleActing>;
  };
  const run = await compile((p, { prompts, one, four }) => ({ z: method.encode(p.policy, prompts), one: method.act(p, one), four: method.act(p, four) }), [parameters, inputs] as const, { device });
  const result = entries(await run(parameters, inputs));
  run.dispose();
  return result;
}

/** Tensors that are further apart than the tolerance: relative norm, or absolute where the reference vanishes, as the key biases of attention do. */
const beyond = (tolerance: number, { expected, actual }: { expected: Tensors; actual: Tensors }): readonly Disagreement[] => compareStates(expected, actual).filter(({ error }) => !(error < tolerance));

describe("devices", () => {
  let rows: readonly DeviceRow[] = [];
  let reference: { readonly updated: Tensors; readonly forward: Tensors };
  beforeAll(async () => {
    if (chromium !== undefined && process.env["VK_ICD_FILENAMES"] === undefined) {
      process.env["VK_ICD_FILENAMES"] = `${chromium}/vk_swiftshader_icd.json`;
      if (existsSync(`${chromium}/libvulkan.so.1`)) {
        libraries.push(koffi.load(`${chromium}/libvulkan.so.1`));
        process.env["LD_LIBRARY_PATH"] = chromium;
      }
    }
    rows = await devices();
    reference = { updated: await updated("jax-js"), forward: await forward("jax-js") };
  });

  it.each(checked)("%s agrees with jax-js", async (device) => {
    const row = rows.find((each) => each.device === device);
    if (!required.includes(device) && row?.works !== true) return console.log(`${device} is not checked here: ${row?.reason}`);
    expect(row).toMatchObject({ works: true });
    const [passes, steps] = [await forward(device), await updated(device)];
    expect(beyond(1e-5, { expected: reference.forward, actual: passes })).toEqual([]);
    expect(beyond(1e-4, { expected: reference.updated, actual: steps })).toEqual([]);
    expect([...passes.values(), ...steps.values()].every(({ data }) => data.every(Number.isFinite))).toBe(true);
  });

  it("never picks a graphics processor made of software", () => {
    const software = rows.filter(({ hardware }) => hardware === "software");
    expect(software.map(({ device }) => device)).toEqual(chromium === undefined ? [] : ["onnx:webgpu"]);
    expect(software.filter(({ picked }) => picked)).toEqual([]);
  });
});
