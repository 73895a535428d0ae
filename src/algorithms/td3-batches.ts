import { hostArray, type HostArray } from "../engine/index.js";
import type { Rng } from "../util/index.js";
import { NormalStream } from "./normal-stream.js";
import type { Td3Batch, Td3Config, Td3Dims } from "./td3.js";

/** A replay buffer as TD3 reads it: rows of `stride` numbers that begin with s, a, r, notDone, s′. */
export interface Td3Table {
  readonly table: Float32Array;
  readonly stride: number;
  /** Rows that are filled. */
  readonly count: number;
}

/** d batches of rows drawn with replacement, and their smoothing noise; the same generator gives the same batches. */
export function sampleTd3Batches({ table, stride, count }: Td3Table, { config, dims, rng }: { config: Td3Config; dims: Td3Dims; rng: Rng }): Td3Batch<HostArray>[] {
  const { observation: s, action: a } = dims;
  const normal = new NormalStream();
  normal.seed(rng);
  return Array.from({ length: config.policyDelay }, () => {
    const rows = Int32Array.from({ length: config.batchSize }, () => rng.int(count));
    const column = (start: number, width: number): HostArray => {
      const data = new Float32Array(rows.length * width);
      for (let i = 0; i < rows.length; i++) {
        const from = (rows[i] as number) * stride + start;
        for (let j = 0; j < width; j++) data[i * width + j] = table[from + j] as number;
      }
      return hostArray([rows.length, width], data);
    };
    const noise = new Float32Array(rows.length * a);
    normal.write(noise);
    return {
      observation: column(0, s), action: column(s, a), reward: column(s + a, 1), notDone: column(s + a + 1, 1), nextObservation: column(s + a + 2, s),
      noise: hostArray([rows.length, a], noise),
    };
  });
}
