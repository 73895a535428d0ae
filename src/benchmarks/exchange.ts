import { readFile } from "node:fs/promises";
import { hostArray, treeEntries, treeFromEntries, treePaths, type HostArray, type Tree } from "../engine/index.js";
import { readSafetensors, writeSafetensors, type SafetensorsTensor } from "../formats/index.js";

export type NamedArrays = ReadonlyMap<string, HostArray>;

/** The bytes of a safetensors file of named arrays. */
export function writeArrays(arrays: NamedArrays): Uint8Array {
  const dtypes = { float32: "F32", int32: "I32", bool: "BOOL" } as const;
  return writeSafetensors(new Map([...arrays].map(([name, { shape, data, dtype }]): [string, SafetensorsTensor] => [name, { dtype: dtypes[dtype], shape, data }])));
}

/** The named arrays of a safetensors file, by name. */
export async function readArrays(path: string): Promise<Map<string, HostArray>> {
  const { tensors } = readSafetensors(await readFile(path), { name: path });
  return new Map([...tensors].map(([name, { shape, data }]) => [name, hostArray(shape, data as Float32Array | Int32Array | Uint8Array)]));
}

/** The parts of a state that Adam trains, and where it keeps the moments of each: one vector over all entries. */
const trained = ["actor", "critic"] as const;
const moments = ["mean", "square"] as const;

/**
 * A state as the peers know it: arrays by path, and the moments of Adam an array per parameter
 * ("optim/actor/mean" becomes "optim/actor/mean/net/out/w", …).
 */
export function exportState(state: Tree<HostArray>): Map<string, HostArray> {
  const arrays = new Map(treeEntries(state));
  for (const part of trained) {
    const leaves = [...arrays].filter(([path]) => path.startsWith(`${part}/`));
    for (const moment of moments) {
      const name = `optim/${part}/${moment}`;
      const vector = arrays.get(name)?.data as Float32Array;
      arrays.delete(name);
      let at = 0;
      for (const [path, { shape, data }] of leaves) arrays.set(`${name}${path.slice(part.length)}`, hostArray(shape, vector.slice(at, (at += data.length))));
    }
  }
  return arrays;
}

/** The inverse of `exportState`, with the structure of `like`. */
export function importState<S>(arrays: NamedArrays, { like }: { like: S }): S {
  const wanted = treeEntries(like as Tree<HostArray>).map(([path, { shape, data }]): [string, HostArray] => {
    const found = arrays.get(path);
    if (found !== undefined) return [path, found];
    const vector = new Float32Array(data.length);
    let at = 0;
    const [, part = ""] = path.split("/");
    for (const name of treePaths(like).filter((other) => other.startsWith(`${part}/`))) {
      const piece = arrays.get(`${path}${name.slice(part.length)}`)?.data as Float32Array;
      vector.set(piece, at);
      at += piece.length;
    }
    return [path, hostArray(shape, vector)];
  });
  return treeFromEntries(wanted) as S;
}
