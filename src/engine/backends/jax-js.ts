/** jax-js's own compiler to WebAssembly: the reference, and the slow fallback where no XLA plug-in is found. */
import { sizeOf, type HostArray } from "../../util/index.js";
import type { Detection } from "../device.js";
import { loadJax, type JaxModule, type Value } from "../jax-js.js";
import { tensorOf, valueOf } from "../tensor.js";
import type { Backend } from "./backend.js";
import { valueBackend, type Elements } from "./values.js";

function upload(jax: JaxModule, { shape, data, dtype }: HostArray): Value {
  const stored = data instanceof Uint8Array ? Int32Array.from(data) : data;
  // jax-js cannot make an empty array from data.
  if (stored.length === 0) return jax.numpy.zeros([...shape], { dtype: dtype as never });
  return jax.numpy.array(stored, { shape: [...shape], dtype: dtype as never });
}

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
    upload: (array) => upload(jax, array),
    read: async (values) => Promise.all(values.map(read)),
    free: (values) => values.forEach((value) => value.dispose()),
    compile: async ({ apply }) => {
      const compiled = jax.jit(((inputs: Value[]) => apply(inputs.map(tensorOf)).map(valueOf)) as never);
      const call = compiled as unknown as (inputs: Value[]) => Value[];
      return { run: (inputs) => call(inputs.map((input) => input.ref)), dispose: () => compiled.dispose() };
    },
  });
}
