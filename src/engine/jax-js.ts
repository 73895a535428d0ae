/** The one file that imports jax-js: the front end whose tracers record programs and differentiate them. */
import type * as Jax from "@jax-js/jax";
import type { HostArray } from "../util/index.js";

export type JaxModule = typeof Jax;
/** A jax-js array or tracer; every operation on it consumes a reference, `.ref` adds one. */
export type Value = Jax.Array;

let loaded: JaxModule | undefined;
let loading: Promise<JaxModule> | undefined;

/** Loads jax-js once and prepares its WebAssembly device. */
export async function loadJax(): Promise<JaxModule> {
  loading ??= (async () => {
    const module = await import("@jax-js/jax");
    await module.init("wasm");
    module.defaultDevice("wasm");
    loaded = module;
    return module;
  })();
  return loading;
}

/** jax-js, once something has been compiled or traced. */
export function jax(): JaxModule {
  if (loaded === undefined) throw new Error("Cannot use tensors here: they exist only inside a function given to compile, compileStep or traceGraph");
  return loaded;
}

/** A host array as one of jax-js's own; it may go on to use the array's memory. */
export function arrayOf({ shape, data, dtype }: HostArray): Value {
  const stored = data instanceof Uint8Array ? Int32Array.from(data) : data;
  // jax-js cannot make an empty array from data.
  if (stored.length === 0) return jax().numpy.zeros([...shape], { dtype: dtype as never });
  return jax().numpy.array(stored, { shape: [...shape], dtype: dtype as never });
}
