/** The one file that knows where tfjs comes from: its packages, looked for when asked. */
import type * as Tfjs from "@tensorflow/tfjs-core";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { messageOf, UserError } from "../../util/index.js";
import type { Detection } from "../device.js";

export type Tf = typeof Tfjs;
export type TfTensor = Tfjs.Tensor;
export type TfjsKind = "gpu" | "node" | "js";

/**
 * The packages of each kind; the first that is installed counts. In pure JavaScript the core and its kernels do: with
 * the rest, `@tensorflow/tfjs` is six times as large.
 */
const packages: Readonly<Record<TfjsKind, { readonly names: readonly string[]; readonly kernels?: string; readonly backend: string; readonly hardware: "processor" | "graphics processor" }>> = {
  gpu: { names: ["@tensorflow/tfjs-node-gpu"], backend: "tensorflow", hardware: "graphics processor" },
  node: { names: ["@tensorflow/tfjs-node"], backend: "tensorflow", hardware: "processor" },
  js: { names: ["@tensorflow/tfjs", "@tensorflow/tfjs-core"], kernels: "@tensorflow/tfjs-backend-cpu", backend: "cpu", hardware: "processor" },
};

const require = createRequire(import.meta.url);

function resolved(name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

async function find(kind: TfjsKind): Promise<{ name: string; version: string } | undefined> {
  const { names, kernels } = packages[kind];
  const name = names.find((one) => resolved(one) !== undefined && (kernels === undefined || resolved(kernels) !== undefined));
  if (name === undefined) return undefined;
  const { version } = JSON.parse(await readFile(require.resolve(`${name}/package.json`), "utf8")) as { version: string };
  return { name, version };
}

/** What is installed of a kind, and why it does not work. */
export async function detect(kind: TfjsKind): Promise<Detection> {
  const known = await find(kind);
  if (known === undefined) return {};
  const found = { found: known.name, version: known.version, hardware: packages[kind].hardware };
  // Native libraries may be missing; JavaScript always loads.
  return kind === "js" ? found : loadTfjs(kind).then(() => found, (error: unknown) => ({ ...found, problem: messageOf(error) }));
}

/**
 * Loads tfjs.
 *
 * @throws UserError if no package of that kind is installed, or it does not load
 */
export async function loadTfjs(kind: TfjsKind): Promise<Tf> {
  const { names, kernels, backend } = packages[kind];
  const found = await find(kind);
  if (found === undefined) throw new UserError(`Cannot find "${names.join('" or "')}": install it beside this package, or take another device.`);
  try {
    const { default: tf } = (await import(found.name)) as { default: Tf };
    // Without this tfjs advertises its native package on the terminal.
    tf.enableProdMode();
    if (kernels !== undefined) await import(kernels);
    if (!(await tf.setBackend(backend))) throw new Error(`its backend "${backend}" does not start`);
    if (kind === "gpu" && (tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice !== true) throw new Error("it finds no graphics processor");
    return tf;
  } catch (error) {
    throw new UserError(`Cannot load "${found.name}": ${messageOf(error)}. Install it anew, or take another device.`, { cause: error });
  }
}
