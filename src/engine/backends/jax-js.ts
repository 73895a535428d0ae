/** jax-js's own compiler to WebAssembly: the reference, and the slow fallback where no XLA plug-in is found. */
import { emptyData, sizeOf, type DType, type HostArray } from "../host-array.js";
import { loadJax, type JaxModule, type Value } from "../jax-js.js";
import type { Program } from "../program.js";
import { tensorOf, valueOf } from "../tensor.js";
import type { Backend } from "./backend.js";

function upload(jax: JaxModule, { shape, data, dtype }: HostArray): Value {
  const stored = data instanceof Uint8Array ? Int32Array.from(data) : data;
  // jax-js cannot make an empty array from data.
  if (stored.length === 0) return jax.numpy.zeros([...shape], { dtype: dtype as never });
  return jax.numpy.array(stored, { shape: [...shape], dtype: dtype as never });
}

/** Copies a value to the host and gives up the reference. */
async function download(value: Value): Promise<HostArray> {
  const shape = [...value.shape];
  const dtype = value.dtype as DType;
  const data = emptyData(dtype, sizeOf(shape));
  if (data.length === 0) value.dispose();
  else data.set((await value.data()) as Float32Array);
  return { shape, data, dtype };
}

function jit(jax: JaxModule, { apply }: Program): { call: (inputs: Value[]) => Value[]; dispose: () => void } {
  const compiled = jax.jit(((inputs: Value[]) => apply(inputs.map(tensorOf)).map(valueOf)) as never);
  return { call: (inputs) => (compiled as unknown as (inputs: Value[]) => Value[])(inputs), dispose: () => compiled.dispose() };
}

/** The jax-js backend. */
export async function jaxJsBackend(): Promise<Backend> {
  const jax = await loadJax();
  return {
    async compile(program) {
      const { call, dispose } = jit(jax, program);
      return {
        call: async (inputs) => Promise.all(call(inputs.map((input) => upload(jax, input))).map(download)),
        dispose,
      };
    },
    async compileStep({ program, state: initial }) {
      const { call, dispose } = jit(jax, program);
      let state = initial.map((array) => upload(jax, array));
      return {
        async run(batches) {
          const metrics: Float32Array[] = [];
          for (const batch of batches) {
            const kept = state.map((value) => value.ref);
            let out: Value[];
            try {
              out = call([...state, ...batch.map((array) => upload(jax, array))]);
            } catch (error) {
              state = kept;
              throw error;
            }
            for (const value of kept) value.dispose();
            const vector = out.pop() as Value;
            state = out;
            metrics.push((await download(vector)).data as Float32Array);
            await jax.blockUntilReady(state);
          }
          return metrics;
        },
        readState: async () => Promise.all(state.map((value) => download(value.ref))),
        async writeState(next) {
          for (const value of state) value.dispose();
          state = next.map((array) => upload(jax, array));
        },
        dispose() {
          for (const value of state) value.dispose();
          dispose();
        },
      };
    },
  };
}
