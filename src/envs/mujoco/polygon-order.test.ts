import { expect, test } from "vitest";
import { sha256 } from "../../util/index.js";
import { type MeshTables, type Polygons, orderPolygons } from "./polygon-order.js";

/** Two meshes: one without polygons, then a tetrahedron whose polygons 0, 1, 2, 3 have normals of their number. */
function tetrahedron(): MeshTables {
  return {
    nmesh: 2,
    mesh_vert: Float32Array.from({ length: 18 }, (_, i) => i),
    mesh_vertadr: Int32Array.of(0, 2),
    mesh_vertnum: Int32Array.of(2, 4),
    mesh_polynum: Int32Array.of(0, 4),
    mesh_polyadr: Int32Array.of(0, 0),
    mesh_polynormal: Float64Array.from({ length: 12 }, (_, i) => Math.floor(i / 3)),
    mesh_polyvertadr: Int32Array.of(0, 3, 6, 9),
    mesh_polyvertnum: Int32Array.of(3, 3, 3, 3),
    mesh_polyvert: Int32Array.of(0, 1, 2, 0, 1, 3, 0, 2, 3, 1, 2, 3),
    mesh_polymapadr: Int32Array.of(0, 0, 0, 3, 6, 9),
    mesh_polymapnum: Int32Array.of(0, 0, 3, 3, 3, 3),
    mesh_polymap: Int32Array.of(0, 1, 2, 0, 1, 3, 0, 2, 3, 1, 2, 3),
  };
}
const key = sha256(new Uint8Array(Float32Array.from({ length: 12 }, (_, i) => 6 + i).buffer)).slice(0, 16);
const reversed: Polygons = [
  [3, 3, 3, 3],
  [2, 3, 1, 0, 2, 3, 3, 0, 1, 2, 0, 1],
];

test("a known mesh gets the given order: polygons, normals, and the polygons of each vertex", () => {
  const model = tetrahedron();
  expect(orderPolygons(model, { [key]: reversed })).toBe(1);
  expect([...model.mesh_polyvert]).toEqual(reversed[1]);
  expect([...model.mesh_polynormal]).toEqual([3, 3, 3, 2, 2, 2, 1, 1, 1, 0, 0, 0]);
  expect([...model.mesh_polymap]).toEqual([1, 2, 3, 0, 2, 3, 0, 1, 3, 0, 1, 2]);
  expect([...model.mesh_polyvertadr]).toEqual([0, 3, 6, 9]);
});

test("an unknown mesh and one with other polygons stay as they are", () => {
  const model = tetrahedron();
  expect(orderPolygons(model)).toBe(0);
  expect(orderPolygons(model, { [key]: [[3, 3, 3, 3], [2, 3, 1, 0, 2, 3, 3, 0, 1, 2, 0, 2]] })).toBe(0);
  expect(orderPolygons(model, { [key]: [[4], [0, 1, 2, 3]] })).toBe(0);
  expect(model).toEqual(tetrahedron());
});
