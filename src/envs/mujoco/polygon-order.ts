import { gunzipSync } from "node:zlib";
import { sha256 } from "../../util/index.js";
import { meshPolygons } from "./mesh-polygons.js";

/** The fields of a model that list the polygons of each mesh's convex hull. */
export interface MeshTables {
  readonly nmesh: number;
  readonly mesh_vert: Float32Array;
  readonly mesh_vertadr: Int32Array;
  readonly mesh_vertnum: Int32Array;
  readonly mesh_polynum: Int32Array;
  readonly mesh_polyadr: Int32Array;
  readonly mesh_polynormal: Float64Array;
  readonly mesh_polyvertadr: Int32Array;
  readonly mesh_polyvertnum: Int32Array;
  readonly mesh_polyvert: Int32Array;
  readonly mesh_polymapadr: Int32Array;
  readonly mesh_polymapnum: Int32Array;
  readonly mesh_polymap: Int32Array;
}

/** Vertex counts of the polygons, and their vertices one polygon after the other. */
export type Polygons = readonly [sizes: readonly number[], vertices: readonly number[]];

let nativeTables: Readonly<Record<string, Polygons>> | undefined;

/** Polygons in the native order, by the first 16 digits of the SHA-256 of their mesh's vertices. */
function knownMeshes(): Readonly<Record<string, Polygons>> {
  nativeTables ??= JSON.parse(gunzipSync(Buffer.from(meshPolygons, "base64")).toString()) as Record<string, Polygons>;
  return nativeTables;
}

/**
 * Puts the polygons of known meshes into the native library's order: with it the WebAssembly build keeps the same
 * contact points. Meshes that are not known, or whose polygons differ, stay as they are.
 *
 * @returns how many meshes were put in order
 */
export function orderPolygons(model: MeshTables, known: Readonly<Record<string, Polygons>> = knownMeshes()): number {
  let ordered = 0;
  for (let mesh = 0; mesh < model.nmesh; mesh++) {
    if (model.mesh_polynum[mesh] === 0) continue;
    const start = 3 * at(model.mesh_vertadr, mesh);
    const vertices = model.mesh_vert.slice(start, start + 3 * at(model.mesh_vertnum, mesh));
    const wanted = known[sha256(new Uint8Array(vertices.buffer)).slice(0, 16)];
    if (wanted !== undefined && orderMesh(model, { mesh, wanted })) ordered++;
  }
  return ordered;
}

function at(list: Int32Array, index: number): number {
  return list[index] as number;
}

const keyOf = (vertices: readonly number[]): string => [...vertices].sort((a, b) => a - b).join();

function orderMesh(model: MeshTables, { mesh, wanted: [sizes, vertices] }: { mesh: number; wanted: Polygons }): boolean {
  const polygons = at(model.mesh_polynum, mesh);
  const first = at(model.mesh_polyadr, mesh);
  const normals = new Map<string, Float64Array>();
  for (let i = first; i < first + polygons; i++) {
    const from = at(model.mesh_polyvertadr, i);
    normals.set(keyOf(Array.from(model.mesh_polyvert.slice(from, from + at(model.mesh_polyvertnum, i)))), model.mesh_polynormal.slice(3 * i, 3 * i + 3));
  }
  const ends: number[] = [];
  for (const size of sizes) ends.push((ends.at(-1) ?? 0) + size);
  const lists = sizes.map((size, i) => vertices.slice((ends[i] as number) - size, ends[i]));
  const found = lists.map((list) => normals.get(keyOf(list)));
  if (lists.length !== polygons || found.includes(undefined)) return false;

  let from = at(model.mesh_polyvertadr, first);
  const polygonsOf = new Map<number, number[]>();
  for (const [i, list] of lists.entries()) {
    model.mesh_polynormal.set(found[i] as Float64Array, 3 * (first + i));
    model.mesh_polyvertadr[first + i] = from;
    model.mesh_polyvertnum[first + i] = list.length;
    model.mesh_polyvert.set(list, from);
    from += list.length;
    for (const vertex of list) polygonsOf.set(vertex, [...(polygonsOf.get(vertex) ?? []), i]);
  }
  const firstVertex = at(model.mesh_vertadr, mesh);
  for (const [vertex, list] of polygonsOf) model.mesh_polymap.set(list, at(model.mesh_polymapadr, firstVertex + vertex));
  return true;
}
