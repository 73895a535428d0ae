/** Where programs can run: one table, from which "auto" picks and which `llmdpd doctor` prints. */
import { messageOf, oneOf } from "../util/index.js";
import type { Backend } from "./backends/backend.js";

/** What was found of a device: it can be used if something was found and there is no problem; {} if nothing is there. */
export interface Detection {
  /** What was found, and where. */
  readonly found?: string;
  readonly version?: string;
  /** What computes. A graphics processor that is only a program is never picked by "auto". */
  readonly hardware?: "processor" | "graphics processor" | "software";
  /** Why it cannot be used. */
  readonly problem?: string;
}

/** What the file of a family of devices offers for each kind of them. */
interface DeviceFamily<Kind> {
  /** Looks for it; {} if nothing is there. What it throws is the problem. */
  detect(kind: Kind): Promise<Detection>;
  /** Opens it; throws why it cannot be used. */
  open(kind: Kind): Promise<Backend>;
}

interface DeviceEntry {
  readonly about: string;
  /** How to get it. */
  readonly get: string;
  readonly detect: () => Promise<Detection>;
  readonly open: () => Promise<Backend>;
}

/** Entries of a family, whose file is loaded when one of them is looked for. */
const familyFrom =
  <Kind>(load: () => Promise<DeviceFamily<Kind>>) =>
  (kind: Kind, texts: Pick<DeviceEntry, "about" | "get">): DeviceEntry => ({ ...texts, detect: async () => (await load()).detect(kind), open: async () => (await load()).open(kind) });

const xla = familyFrom(async () => import("./backends/xla.js"));
const tfjs = familyFrom(async () => import("./backends/tfjs.js"));
const onnx = familyFrom(async () => import("./backends/onnx.js"));
const jaxJs = familyFrom(async () => import("./backends/jax-js.js"));

/** The fastest first: "auto" takes the first that works. "family:kind": the family's name alone means its first that works. */
const table = {
  "xla:cuda": xla("cuda", { about: "XLA on NVIDIA", get: "npx --no llmdpd setup cuda" }),
  "xla:rocm": xla("rocm", { about: "XLA on AMD", get: "activate an environment with jax-rocm7-pjrt (AMD's documentation of JAX says how), then name its plug-in in LLMDPD_XLA_PLUGIN" }),
  "xla:metal": xla("metal", { about: "XLA on Apple", get: "activate an environment with jax-metal, then name its plug-in in LLMDPD_XLA_PLUGIN" }),
  "xla:cpu": xla("cpu", { about: "XLA on the processor", get: "npm run setup (linux-x64), or name a plug-in in LLMDPD_XLA_PLUGIN" }),
  "tfjs:gpu": tfjs("gpu", { about: "TensorFlow on NVIDIA", get: "npm install @tensorflow/tfjs-node-gpu" }),
  "onnx:cpu": onnx("cpu", { about: "ONNX Runtime on the processor", get: "comes with the package" }),
  "onnx:webgpu": onnx("webgpu", { about: "ONNX Runtime through WebGPU", get: "a driver for Vulkan, Metal or Direct3D 12, and on Linux libvulkan1" }),
  "tfjs:node": tfjs("node", { about: "TensorFlow on the processor", get: "npm install @tensorflow/tfjs-node" }),
  "jax-js": jaxJs("wasm", { about: "WebAssembly; 10 to 20 times slower", get: "comes with the package" }),
  "tfjs:js": tfjs("js", { about: "TensorFlow in JavaScript: a second opinion for tests; 10 times slower than jax-js", get: "npm install @tensorflow/tfjs" }),
} satisfies Readonly<Record<string, DeviceEntry>>;

/** One device of the table, as it stands in the record of a run. */
export type DeviceId = keyof typeof table;
type FamilyOf<T extends string> = T extends `${infer Family}:${string}` ? Family : T;
/** What a caller may ask for: a device, a family of them ("xla"), or the fastest of all. */
export type Device = "auto" | DeviceId | FamilyOf<DeviceId>;

const deviceIds = Object.keys(table) as DeviceId[];
const familyOf = (id: string): string => id.split(":")[0] as string;
/** Everything that may be asked for. */
export const deviceNames = [...new Set(["auto", ...deviceIds.map(familyOf), ...deviceIds])] as [Device, ...Device[]];

/** A device and why it was picked. */
export interface PickedDevice {
  readonly device: DeviceId;
  readonly reason: string;
}

/** One line of the doctor's table. */
export interface DeviceRow extends Detection {
  readonly device: DeviceId;
  readonly about: string;
  readonly works: boolean;
  readonly picked: boolean;
  /** Why it is picked or not. */
  readonly reason: string;
  readonly get: string;
}

async function detect(id: DeviceId): Promise<Detection & { readonly works: boolean }> {
  const found = await table[id].detect().catch((error: unknown): Detection => ({ problem: messageOf(error) }));
  return { ...found, works: found.found !== undefined && found.problem === undefined };
}

/**
 * Resolves "auto" or a family to the fastest device that works, with the reason. Software that stands in for a graphics
 * processor is taken only by its own name.
 *
 * @throws UserError for an unknown device; a named device that does not work throws when it compiles
 */
export async function pickDevice(device: Device = "auto"): Promise<PickedDevice> {
  const name = oneOf(device, deviceNames, { what: "device" });
  const exact = deviceIds.find((id) => id === name);
  if (exact !== undefined) return { device: exact, reason: "named by the caller" };
  const candidates = deviceIds.filter((id) => name === "auto" || familyOf(id) === name);
  const passed: string[] = [];
  for (const id of candidates) {
    const { works, hardware, found, problem } = await detect(id);
    if (works && hardware !== "software") return { device: id, reason: [`the fastest that works: ${found}`, ...passed].join("; ") };
    // That there is nothing is no news; that something does not work is.
    const why = problem ?? (works ? "it is software" : "");
    if (why !== "" && !passed.some((text) => text.endsWith(why))) passed.push(`not ${id}: ${why}`);
  }
  // The last of a family reports, when it is opened, why it does not work.
  return { device: candidates.at(-1) as DeviceId, reason: passed.join("; ") };
}

/** Every device with what was found, whether "auto" picks it and why, and how to get it: the table of `llmdpd doctor`. */
export async function devices(): Promise<DeviceRow[]> {
  const rows = await Promise.all(deviceIds.map(async (device) => ({ device, ...(await detect(device)) })));
  const best = rows.find(({ works, hardware }) => works && hardware !== "software");
  return rows.map((row) => {
    const picked = row === best;
    const reason = picked ? "the fastest that works" : !row.works ? (row.problem ?? "not found") : row.hardware === "software" ? "software, taken only by name" : `${best?.device} is faster`;
    return { ...row, about: table[row.device].about, picked, reason, get: table[row.device].get };
  });
}

/** The backend of a device, loaded when first needed. */
export async function backendFor(device: DeviceId): Promise<Backend> {
  return table[device].open();
}
