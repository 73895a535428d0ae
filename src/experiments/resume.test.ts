/** A run that finds a checkpoint which is not its own says so, and leaves its state and its files as they are. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { compileStep, hostArray, valueAndGrad, type HostArray, type Step, type Tensor } from "../engine/index.js";
import { writeSafetensors, type SafetensorsTensor } from "../formats/index.js";
import { sha256, UserError } from "../util/index.js";
import { readCheckpoint } from "./checkpoint.js";
import { trainLoop } from "./train-loop.js";

type Net<T> = { readonly w: T; readonly b: T };
type State<T> = { readonly net: Net<T>; readonly step: T };
const initial: State<HostArray> = { net: { w: hostArray([2, 3], [1, 2, 3, 4, 5, 6]), b: hostArray([3], [0, 0, 0]) }, step: hostArray([], new Int32Array(1)) };
const batch = hostArray([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]);

const folder = mkdtempSync(join(tmpdir(), "llmdpd-resume-"));
const checkpoints = join(folder, "checkpoints");
let step: Step<State<HostArray>, HostArray>;
const train = async (updates: number): Promise<unknown> => trainLoop(folder, { step, batchAt: () => batch, updates, metricsEvery: 2, checkpointEvery: 2, extra: {} });
const state = async (): Promise<string> => JSON.stringify(await step.readState());
/** Every file of the run but its checkpoints. */
const files = (): string => readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => `${name} ${readFileSync(join(folder, name), "utf8")}`).join("\n");

beforeAll(async () => {
  step = await compileStep(
    ({ net, step: count }: State<Tensor>, x: Tensor) => {
      const [loss, { w, b }] = valueAndGrad(({ w: weights, b: bias }: Net<Tensor>) => x.matmul(weights).add(bias).square().mean())(net);
      return { state: { net: { w: net.w.sub(w.mul(0.001)), b: net.b.sub(b.mul(0.001)) }, step: count.add(1) }, metrics: { loss } };
    },
    { state: initial, batch },
    { device: "xla:cpu" },
  );
  await train(4);
});
afterAll(() => {
  step.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const w: SafetensorsTensor = { dtype: "F32", shape: [2, 3], data: new Float32Array(6) };
const b: SafetensorsTensor = { dtype: "F32", shape: [3], data: new Float32Array(3) };
const count: SafetensorsTensor = { dtype: "I32", shape: [], data: new Int32Array(1) };
const whole = { "net/w": w, "net/b": b, step: count };
const bytesOf = (tensors: Record<string, SafetensorsTensor>): Uint8Array => writeSafetensors(new Map(Object.entries(tensors)));
const { step: _, ...withoutStep } = whole;

it.each([
  ["a tensor is missing", bytesOf(withoutStep), 'Cannot use state: "step" is missing'],
  ["one is too many", bytesOf({ ...whole, "net/v": w }), 'Cannot use state: "net/v" is not one of'],
  ["one has another shape", bytesOf({ ...whole, "net/w": { ...w, shape: [3, 2] } }), 'Cannot use "net/w": required float32 (2, 3), got float32 (3, 2)'],
  ["one has another type", bytesOf({ ...whole, "net/b": { dtype: "I32", shape: [3], data: new Int32Array(3) } }), 'Cannot use "net/b": required float32 (3), got int32 (3)'],
  ["one has a type that no state has", bytesOf({ ...whole, "net/b": { dtype: "F16", shape: [3], data: new Uint16Array(3) } }), "F32, I32 or BOOL is required, got F16"],
  ["one holds NaN", bytesOf({ ...whole, "net/w": { ...w, data: Float32Array.of(0, 1, NaN, 3, 4, 5) } }), 'Cannot use "net/w": required finite numbers, got NaN at element 2'],
  ["its header is longer than the file", bytesOf(whole).fill(255, 0, 2), "Cannot read"],
  ["it is no safetensors file", Buffer.from("PK\u0003\u0004 pickled weights"), "Cannot read"],
])("a checkpoint that is not the run's own, because %s", async (_name, bytes, message) => {
  writeFileSync(join(checkpoints, "step-00000006.safetensors"), bytes);
  writeFileSync(join(checkpoints, "step-00000006.json"), JSON.stringify({ step: 6, sha256: sha256(bytes), extra: {} }));
  const before = [await state(), files()];
  const error: unknown = await train(8).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  expect((error as Error).message).toContain(message);
  expect((error as Error).message).toContain("step-00000006.safetensors");
  expect([await state(), files()]).toEqual(before);
  for (const name of ["safetensors", "json"]) rmSync(join(checkpoints, `step-00000006.${name}`));
});

it("goes on from its own checkpoint, past one that was cut off; if all were, it says so", async () => {
  await train(6);
  truncateSync(join(checkpoints, "step-00000006.safetensors"), 50);
  expect((await readCheckpoint(checkpoints))?.step).toBe(4);
  truncateSync(join(checkpoints, "step-00000004.safetensors"), 50);
  const before = [await state(), files()];
  await expect(train(8)).rejects.toThrow("required one that is whole, got step-00000006, step-00000004 damaged");
  expect([await state(), files()]).toEqual(before);
});
