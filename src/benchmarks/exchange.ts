import { readFile } from "node:fs/promises";
import { hostArray, type HostArray } from "../engine/index.js";
import { readSafetensors, writeSafetensors, type SafetensorsTensor } from "../formats/index.js";

/** The bytes of a safetensors file of named arrays. */
export function writeArrays(arrays: ReadonlyMap<string, HostArray>): Uint8Array {
  const dtypes = { float32: "F32", int32: "I32", bool: "BOOL" } as const;
  return writeSafetensors(new Map([...arrays].map(([name, { shape, data, dtype }]): [string, SafetensorsTensor] => [name, { dtype: dtypes[dtype], shape, data }])));
}

/** The named arrays of a safetensors file, by name. */
export async function readArrays(path: string): Promise<Map<string, HostArray>> {
  const { tensors } = readSafetensors(await readFile(path), { name: path });
  return new Map([...tensors].map(([name, { shape, data }]) => [name, hostArray(shape, data as Float32Array | Int32Array | Uint8Array)]));
}
