import { messageOf, oneOf } from "../util/index.js";
import type { Backend } from "./backends/backend.js";

/** Where programs can run. */
export type Device = "auto" | "xla" | "jax-js";

/** A device and why it was picked. */
export interface PickedDevice {
  readonly device: Exclude<Device, "auto">;
  readonly reason: string;
}

const deviceNames: readonly Device[] = ["auto", "xla", "jax-js"];

/** One line of the doctor's table. */
export interface DeviceRow {
  readonly device: Exclude<Device, "auto">;
  readonly works: boolean;
  /** What was found, or why it does not work and how to get it. */
  readonly detail: string;
  readonly picked: boolean;
}

async function tryXla(): Promise<{ works: boolean; detail: string }> {
  try {
    const { findPlugin, openClient } = await import("./pjrt/plugin.js");
    const { origin, path } = await findPlugin();
    const client = await openClient();
    return { works: true, detail: `${client.description}; ${origin}; ${path}` };
  } catch (error) {
    return { works: false, detail: messageOf(error) };
  }
}

/**
 * Resolves "auto" to the fastest device that works, with the reason.
 *
 * @throws UserError for an unknown device; a named device that does not work throws when it compiles
 */
export async function pickDevice(device: Device = "auto"): Promise<PickedDevice> {
  const name = oneOf(device, deviceNames, { what: "device" });
  if (name !== "auto") return { device: name, reason: "named by the caller" };
  const xla = await tryXla();
  if (xla.works) return { device: "xla", reason: `the fastest that works: ${xla.detail}` };
  return { device: "jax-js", reason: `slow (WebAssembly), because XLA does not work here: ${xla.detail}` };
}

/** Every device with what was found: the table that `llmdpd doctor` prints. */
export async function devices(): Promise<DeviceRow[]> {
  const xla = await tryXla();
  return [
    { device: "xla", works: xla.works, detail: xla.detail, picked: xla.works },
    { device: "jax-js", works: true, detail: "WebAssembly in Node; needs nothing, 10 to 20 times slower", picked: !xla.works },
  ];
}

/** The backend of a device, loaded when first needed. */
export async function backendFor(device: PickedDevice["device"]): Promise<Backend> {
  return device === "xla" ? (await import("./backends/xla.js")).xlaBackend() : (await import("./backends/jax-js.js")).jaxJsBackend();
}
