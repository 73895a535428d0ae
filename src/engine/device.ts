import { oneOf } from "../util/index.js";
import type { Backend } from "./backends/backend.js";

/** Where programs can run. */
export type Device = "auto" | "xla" | "jax-js";

/** A device and why it was picked. */
export interface PickedDevice {
  readonly device: Exclude<Device, "auto">;
  readonly reason: string;
}

const deviceNames: readonly Device[] = ["auto", "xla", "jax-js"];

/** Resolves "auto" to the fastest device that works, with the reason. */
export async function pickDevice(device: Device = "auto"): Promise<PickedDevice> {
  oneOf(device, deviceNames, { what: "device" });
  return { device: "jax-js", reason: "the only device so far" };
}

export async function backendFor(_device: PickedDevice["device"]): Promise<Backend> {
  return (await import("./backends/jax-js.js")).jaxJsBackend();
}
