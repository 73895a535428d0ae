/** Backends on a library's own arrays: state is a list of them, replaced as a whole when an update has succeeded. */
import type { HostArray } from "../../util/index.js";
import type { Program } from "../program.js";
import type { Backend } from "./backend.js";

/** What a library must be able to do with its arrays. */
export interface ValueLibrary<V> {
  readonly upload: (array: HostArray) => V;
  /** Copies an array to the host; the array stays. */
  readonly download: (value: V) => Promise<HostArray>;
  readonly free: (values: readonly V[]) => void;
  /** `run` leaves its inputs to the caller and gives it the results. */
  readonly compile: (program: Program) => { run: (inputs: readonly V[]) => V[]; dispose: () => void };
}

/** The backend of such a library. */
export function valueBackend<V>({ upload, download, free, compile }: ValueLibrary<V>): Backend {
  return {
    async compile(program) {
      const { run, dispose } = compile(program);
      return {
        async call(arrays) {
          const held = arrays.map(upload);
          try {
            const outputs = run(held);
            held.push(...outputs);
            return await Promise.all(outputs.map(download));
          } finally {
            free(held);
          }
        },
        dispose,
      };
    },
    async compileStep({ program, state: initial }) {
      const { run, dispose } = compile(program);
      let state = initial.map(upload);
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
              const outputs = run([...state, ...held]);
              const vector = outputs.pop() as V;
              held.push(vector);
              replace(outputs);
              metrics.push((await download(vector)).data as Float32Array);
            } finally {
              free(held);
            }
          }
          return metrics;
        },
        readState: async () => Promise.all(state.map(download)),
        writeState: async (arrays) => replace(arrays.map(upload)),
        dispose() {
          replace([]);
          dispose();
        },
      };
    },
  };
}
