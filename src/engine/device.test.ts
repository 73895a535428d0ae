/** What "auto" picks, by what a machine is said to have. */
import { beforeEach, expect, test, vi } from "vitest";
import * as jaxJs from "./backends/jax-js.js";
import * as onnx from "./backends/onnx.js";
import * as tfjs from "./backends/tfjs.js";
import * as xla from "./backends/xla.js";
import { devices, pickDevice, type Detection, type DeviceId } from "./device.js";

vi.mock("./backends/jax-js.js", { spy: true });
vi.mock("./backends/onnx.js", { spy: true });
vi.mock("./backends/tfjs.js", { spy: true });
vi.mock("./backends/xla.js", { spy: true });

/** What is found of each device; nothing of those that are not named. */
const machine = new Map<DeviceId, Detection>();
const foundOf = async (id: string): Promise<Detection> => machine.get(id as DeviceId) ?? {};
vi.mocked(jaxJs.detect).mockImplementation(async () => foundOf("jax-js"));
vi.mocked(onnx.detect).mockImplementation(async (kind) => foundOf(`onnx:${kind}`));
vi.mocked(tfjs.detect).mockImplementation(async (kind) => foundOf(`tfjs:${kind}`));
vi.mocked(xla.detect).mockImplementation(async (kind) => foundOf(`xla:${kind}`));

const software: Detection = { found: "onnxruntime-node", hardware: "software" };
beforeEach(() => {
  machine.clear();
  machine.set("jax-js", { found: "@jax-js/jax", hardware: "processor" });
});

test("auto passes over a graphics processor made of software, and says so", async () => {
  machine.set("onnx:webgpu", software);
  expect(await pickDevice()).toEqual({ device: "jax-js", reason: "the fastest that works: @jax-js/jax; not onnx:webgpu: it is software" });
  const rows = new Map((await devices()).map((row) => [row.device, row]));
  expect(rows.get("onnx:webgpu")).toMatchObject({ works: true, picked: false, reason: "software, taken only by name" });
  expect(rows.get("jax-js")).toMatchObject({ works: true, picked: true });
});

test("auto takes the same graphics processor where it is a real one", async () => {
  machine.set("onnx:webgpu", { ...software, hardware: "graphics processor" });
  expect(await pickDevice()).toEqual({ device: "onnx:webgpu", reason: "the fastest that works: onnxruntime-node" });
});

test("software is taken by its name, not by that of its family", async () => {
  machine.set("onnx:webgpu", software);
  expect(await pickDevice("onnx:webgpu")).toEqual({ device: "onnx:webgpu", reason: "named by the caller" });
  machine.set("onnx:cpu", { found: "onnxruntime-node", hardware: "processor" });
  expect((await pickDevice("onnx")).device).toBe("onnx:cpu");
});

test("software of another family is passed over, too, and so is what does not work", async () => {
  machine.set("xla:cuda", { found: "a plug-in", hardware: "software" });
  machine.set("xla:cpu", { found: "another", hardware: "processor", problem: "it does not load" });
  machine.set("onnx:cpu", { found: "onnxruntime-node", hardware: "processor" });
  expect(await pickDevice()).toEqual({ device: "onnx:cpu", reason: "the fastest that works: onnxruntime-node; not xla:cuda: it is software; not xla:cpu: it does not load" });
});
