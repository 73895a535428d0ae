/** jax-js's own compiler to WebAssembly: the reference, and the slow fallback where no XLA plug-in is found. */
import { sizeOf } from "../../util/index.js";
import type { Detection } from "../device.js";
import { arrayOf, loadJax, type Value } from "../jax-js.js";
import { tensorOf, valueOf } from "../tensor.js";
import type { Backend } from "./backend.js";
import { valueBackend, type Elements } from "./values.js";

async function read(value: Value): Promise<Elements> {
  const { shape, dtype } = value;
  return { shape, dtype, data: sizeOf(shape) === 0 ? [] : ((await value.ref.data()) as Float32Array) };
}

export async function detect(): Promise<Detection> {
  return { found: "@jax-js/jax", hardware: "processor" };
}

/** The jax-js backend. */
export async function open(): Promise<Backend> {
  const jax = await loadJax();
  return valueBackend<Value>({
    upload: arrayOf,
    read: async (values) => Promise.all(values.map(read)),
    free: (values) => values.forEach((value) => value.dispose()),
    compile: async ({ apply }) => {
      const compiled = jax.jit(((inputs: Value[]) => apply(inputs.map(tensorOf)).map(valueOf)) as never);
      const call = compiled as unknown as (inputs: Value[]) => Value[];
      return { run: (inputs) => call(inputs.map((input) => input.ref)), dispose: () => compiled.dispose() };
    },
  });
}
