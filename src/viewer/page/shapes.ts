import * as three from "three";
import { decodeDeltas, decodeFaces } from "../codec.js";
import type { Block, PackedMesh, PackedPart } from "../format.js";

const meshSteps = 16383;
/** Faces that meet at less than 35° are shaded as one smooth surface. */
const smoothCosine = 0.82;

type Bytes = (block: Block) => Uint8Array;

/** Corners of all triangles of a mesh, one after the other: 3 coordinates each, with smooth normals where it is smooth. */
export function decodeMesh(mesh: PackedMesh, bytes: Bytes): three.BufferGeometry {
  const grid = decodeDeltas(bytes(mesh.positions));
  const faces = decodeFaces(bytes(mesh.faces));
  const vertices = new Float32Array(3 * mesh.vertices);
  for (let axis = 0; axis < 3; axis++) {
    for (let i = 0; i < mesh.vertices; i++) {
      vertices[3 * i + axis] = (mesh.low[axis] as number) + ((grid[axis * mesh.vertices + i] as number) / meshSteps) * (mesh.extent[axis] as number);
    }
  }
  const corners = new Float32Array(3 * faces.length);
  faces.forEach((vertex, corner) => corners.set(vertices.subarray(3 * vertex, 3 * vertex + 3), 3 * corner));
  const geometry = new three.BufferGeometry();
  geometry.setAttribute("position", new three.BufferAttribute(corners, 3));
  geometry.setAttribute("normal", new three.BufferAttribute(smoothNormals(corners, faces), 3));
  if (mesh.uv !== undefined) {
    const values = decodeDeltas(bytes(mesh.uv));
    const uv = new Float32Array(2 * faces.length);
    for (let i = 0; i < faces.length; i++) uv.set([(values[i] as number) / 4096, 1 - (values[faces.length + i] as number) / 4096], 2 * i);
    geometry.setAttribute("uv", new three.BufferAttribute(uv, 2));
  }
  return geometry;
}

/** A normal for each corner: the mean over the faces around its vertex that lie nearly in one plane with its own. */
function smoothNormals(corners: Float32Array, faces: Uint32Array): Float32Array {
  const count = faces.length / 3;
  // Length: twice the area, so that large faces count more.
  const faceNormals = new Float32Array(3 * count);
  const [a, b, c] = [new three.Vector3(), new three.Vector3(), new three.Vector3()];
  for (let face = 0; face < count; face++) {
    a.fromArray(corners, 9 * face);
    b.fromArray(corners, 9 * face + 3).sub(a);
    c.fromArray(corners, 9 * face + 6).sub(a);
    b.cross(c).toArray(faceNormals, 3 * face);
  }
  const { starts, members } = facesAround(faces);
  const normals = new Float32Array(3 * faces.length);
  const [own, other, sum] = [new three.Vector3(), new three.Vector3(), new three.Vector3()];
  faces.forEach((vertex, corner) => {
    own.fromArray(faceNormals, 3 * Math.floor(corner / 3));
    sum.set(0, 0, 0);
    const length = own.length();
    for (let i = starts[vertex] as number; i < (starts[vertex + 1] as number); i++) {
      other.fromArray(faceNormals, 3 * (members[i] as number));
      if (other.dot(own) >= smoothCosine * length * other.length()) sum.add(other);
    }
    sum.normalize().toArray(normals, 3 * corner);
  });
  return normals;
}

/** For each vertex, where its faces start in `members`. */
function facesAround(faces: Uint32Array): { starts: Uint32Array; members: Uint32Array } {
  const vertices = faces.reduce((most, vertex) => Math.max(most, vertex), 0) + 1;
  const starts = new Uint32Array(vertices + 1);
  for (const vertex of faces) (starts[vertex + 1] as number) = (starts[vertex + 1] as number) + 1;
  for (let i = 0; i < vertices; i++) starts[i + 1] = (starts[i + 1] as number) + (starts[i] as number);
  const next = starts.slice();
  const members = new Uint32Array(faces.length);
  faces.forEach((vertex, corner) => {
    members[next[vertex] as number] = Math.floor(corner / 3);
    next[vertex] = (next[vertex] as number) + 1;
  });
  return { starts, members };
}

/** The surface of a primitive with MuJoCo's half sizes. */
function primitive({ shape, size: [x, y, z] }: PackedPart): three.BufferGeometry {
  switch (shape) {
    case "plane":
      return new three.PlaneGeometry(2 * (x || 10), 2 * (y || 10));
    case "sphere":
      return new three.SphereGeometry(x, 40, 24);
    case "ellipsoid":
      return new three.SphereGeometry(1, 40, 24).scale(x, y, z);
    case "capsule":
      return new three.CapsuleGeometry(x, 2 * y, 12, 32).rotateX(Math.PI / 2);
    case "cylinder":
      return new three.CylinderGeometry(x, x, 2 * y, 48).rotateX(Math.PI / 2);
    default:
      return new three.BoxGeometry(2 * x, 2 * y, 2 * z);
  }
}

/** The geometry of a part, with coordinates for its texture: its own, or the picture once on each side of its box. */
export function geometryOf(part: PackedPart, { mesh, cube }: { mesh: three.BufferGeometry | undefined; cube: boolean }): three.BufferGeometry {
  const geometry = mesh ?? primitive(part);
  if (part.texture === undefined) return geometry;
  const [u, v] = cube ? [1, 1] : part.repeat;
  const own = geometry.getAttribute("uv") as three.BufferAttribute | undefined;
  if (own !== undefined && part.shape === "plane") {
    for (let i = 0; i < own.count; i++) own.setXY(i, own.getX(i) * u, own.getY(i) * v);
    return geometry;
  }
  if (own !== undefined && mesh !== undefined) return geometry;
  return withBoxUv(geometry.index === null ? geometry.clone() : geometry.toNonIndexed(), { u, v });
}

/** Looks at each triangle along the axis that it faces most. */
function withBoxUv(geometry: three.BufferGeometry, { u, v }: { u: number; v: number }): three.BufferGeometry {
  geometry.computeBoundingBox();
  const { min, max } = geometry.boundingBox as three.Box3;
  const [low, size] = [min.toArray(), max.clone().sub(min).toArray()];
  const position = geometry.getAttribute("position") as three.BufferAttribute;
  const uv = new Float32Array(2 * position.count);
  const triangle = new three.Triangle();
  const normal = new three.Vector3();
  for (let first = 0; first < position.count; first += 3) {
    triangle.setFromAttributeAndIndices(position, first, first + 1, first + 2).getNormal(normal);
    const facing = normal.toArray().map(Math.abs);
    const across = facing.indexOf(Math.max(...facing));
    const [right, up] = across === 0 ? [1, 2] : across === 1 ? [0, 2] : [0, 1];
    for (let corner = first; corner < first + 3; corner++) {
      uv[2 * corner] = (u * (position.getComponent(corner, right) - (low[right] as number))) / ((size[right] as number) || 1);
      uv[2 * corner + 1] = (v * (position.getComponent(corner, up) - (low[up] as number))) / ((size[up] as number) || 1);
    }
  }
  return geometry.setAttribute("uv", new three.BufferAttribute(uv, 2));
}
