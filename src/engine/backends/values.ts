/** Backends on a library's own arrays: state is a list of them, replaced as a whole when an update has succeeded. */
import { emptyData, type DType, type HostArray } from "../../util/index.js";
import type { Program } from "../program.js";
import type { Backend } from "./backend.js";

/** An array's elements as a library gives them, perhaps in memory of its own. */
export interface Elements {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: ArrayLike<number>;
}

/** What a library must be able to do with its arrays. */
export interface ValueLibrary<V> {
  /** The library may read the array's memory until an update or a call is done; that of a state and of constants is its own. */
  readonly upload: (array: HostArray) => V;
  /** The elements of arrays, which stay. */
  readonly read: (values: readonly V[]) => Promise<Elements[]>;
  readonly free: (values: readonly V[]) => void;
  /** `run` leaves its inputs to the caller and gives it the results. The first `state` of them are its next inputs; then the ones before may be written to. */
  readonly compile: (program: Program, options: { readonly state: number }) => Promise<{ run: (inputs: readonly V[]) => V[] | Promise<V[]>; dispose: () => void }>;
}

function copyOf({ shape, dtype, data }: Elements): HostArray {
  const own = emptyData(dtype as DType, data.length);
  own.set(data);
  return { shape: [...shape], dtype: dtype as DType, data: own };
}

/** The backend of such a library. */
export function valueBackend<V>({ upload, read, free, compile }: ValueLibrary<V>): Backend {
  const download = async (values: readonly V[]): Promise<HostArray[]> => (await read(values)).map(copyOf);
  return {
    async compile(program) {
      const { run, dispose } = await compile(program, { state: 0 });
      return {
        async call(arrays) {
          const held = arrays.map(upload);
          try {
            const outputs = await run(held);
            held.push(...outputs);
            return await download(outputs);
          } finally {
            free(held);
          }
        },
        dispose,
      };
    },
    async compileStep({ program, state: initial, constants }) {
      const { run, dispose } = await compile(program, { state: initial.length });
      const own = (arrays: readonly HostArray[]): V[] => arrays.map((array) => upload(copyOf(array)));
      const fixed = own(constants);
      let state = own(initial);
      const replace = (next: V[]): void => {
        free(state);
        state = next;
      };
      return {
        async run(batches) {
          const metrics: Float32Array[] = [];
          for (const batch of batches) {
            const held = batch.map(upload);
            try {
              const outputs = await run([...state, ...fixed, ...held]);
              const vector = outputs.pop() as V;
              held.push(vector);
              replace(outputs);
              metrics.push(...(await download([vector])).map(({ data }) => data as Float32Array));
            } finally {
              free(held);
            }
          }
          return metrics;
        },
        readState: async () => download(state),
        writeState: async (arrays) => replace(own(arrays)),
        dispose() {
          free([...state, ...fixed]);
          dispose();
        },
      };
    },
  };
}
