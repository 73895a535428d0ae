/** What "auto" picks, by what a machine is said to have. */
import { beforeEach, expect, test, vi } from "vitest";
import type { Detection } from "./device.js";
import { devices, pickDevice } from "./device.js";

/** What is found of each kind; nothing of those that are not named. A kind belongs to one family alone. */
let machine: Readonly<Record<string, Detection>> = {};
const family = (prefix: string) => () => ({
  detect: async (kind: string) => machine[`${prefix}:${kind}`] ?? {},
  open: async () => Promise.reject(new Error("nothing is opened here")),
});
vi.mock("./backends/xla.js", family("xla"));
vi.mock("./backends/onnx.js", family("onnx"));
vi.mock("./backends/tfjs.js", family("tfjs"));
vi.mock("./backends/jax-js.js", family("jax-js"));
