/** What the page is given: a header in JSON, whose blocks are ranges of one binary body. Types alone, for Node and the browser. */

/** A range of the body in bytes: start and length. */
export type Block = readonly [number, number];

export interface PackedMesh {
  /** Numbers of vertices and of triangles. */
  readonly vertices: number;
  readonly triangles: number;
  /** Corner and edge lengths of the box in which the vertices are numbered 0 … 16383 along each axis. */
  readonly low: readonly [number, number, number];
  readonly extent: readonly [number, number, number];
  /** Deltas, x of all vertices, then y, then z. */
  readonly positions: Block;
  readonly faces: Block;
  /** Deltas of coordinates × 4096, u of all corners, then v. */
  readonly uv?: Block;
}

export interface PackedTexture {
  readonly kind: "2d" | "cube";
  /** An encoded picture. */
  readonly mime: string;
  readonly data: Block;
}

export interface PackedPart {
  readonly body: number;
  readonly shape: "plane" | "sphere" | "capsule" | "ellipsoid" | "cylinder" | "box" | "mesh";
  readonly size: readonly [number, number, number];
  readonly position: readonly [number, number, number];
  readonly quaternion: readonly [number, number, number, number];
  readonly color: readonly [number, number, number, number];
  readonly mesh?: number;
  readonly texture?: number;
  readonly repeat: readonly [number, number];
  readonly specular: number;
  readonly shininess: number;
  readonly emission: number;
}

/** A camera on a sphere around a point, angles in degrees as in MuJoCo. */
export interface OrbitCamera {
  readonly name: string;
  readonly lookAt: readonly [number, number, number];
  readonly distance: number;
  readonly azimuth: number;
  readonly elevation: number;
  /** Vertical, in degrees. */
  readonly fieldOfView: number;
  /** A body that the view goes along with over the ground, as behind a robot that walks; `lookAt` is then seen from its start. */
  readonly follow?: string;
}

/** A camera that is fixed to a body. */
export interface BodyCamera {
  readonly name: string;
  readonly body: number;
  readonly position: readonly [number, number, number];
  readonly quaternion: readonly [number, number, number, number];
  readonly fieldOfView: number;
}

export type PackedCamera = OrbitCamera | BodyCamera;

export interface PackedCurve {
  readonly name: string;
  readonly unit?: string;
  /** Fixed ends of the axis; by default those of the values. */
  readonly range?: readonly [number, number];
  /** A line, or a strip that is on where the value is 1. */
  readonly kind: "line" | "flag";
  /** One for each frame; null where there is none. */
  readonly values: readonly (number | null)[];
}

export interface PackedMarker {
  readonly name: string;
  readonly position: readonly [number, number, number];
  readonly radius: number;
  /** A word beside the name. */
  readonly note?: string;
  /** Drawn as an outline: it is there, but whoever acts does not see it. */
  readonly hidden?: boolean;
}

export interface Payload {
  readonly title: string;
  readonly sentence?: string;
  readonly labels: readonly { readonly name: string; readonly value: string }[];
  readonly frames: number;
  /** Whether the time runs as soon as the page is open. */
  readonly autoplay: boolean;
  readonly secondsPerFrame: number;
  readonly bodies: readonly string[];
  readonly parts: readonly PackedPart[];
  readonly meshes: readonly PackedMesh[];
  readonly textures: readonly PackedTexture[];
  readonly cameras: readonly PackedCamera[];
  /** Poses of bodies that never move: position and orientation, 7 numbers each. */
  readonly still: readonly { readonly body: number; readonly pose: readonly number[] }[];
  /** Bodies that move: deltas of x of all frames, and after them those of y, z, and of the orientation's w, x, y, z. */
  readonly moving: readonly { readonly body: number; readonly poses: Block }[];
  /** Metres per unit of a stored position; orientations are × 32767. */
  readonly metresPerUnit: number;
  readonly curves: readonly PackedCurve[];
  readonly markers: readonly PackedMarker[];
  /** Bodies whose way is drawn. */
  readonly trails: readonly number[];
}
