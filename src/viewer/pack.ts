import type { MeshData } from "../envs/index.js";
import { UserError } from "../util/index.js";
import { encodeDeltas, encodeFaces } from "./codec.js";
import type { Block, PackedCamera, PackedMesh, PackedTexture, Payload } from "./format.js";
import { encodeTexture } from "./picture.js";
import type { Replay } from "./replay.js";

/** Steps of a vertex coordinate: 0.06 mm on a part of one metre. */
const meshSteps = 16383;
const poseSteps = 32767;
/** A body that stays within these bounds does not move: 0.01 mm, 0.001 of a quaternion's component. */
const stillness = { position: 1e-5, quaternion: 1e-4 };

/** A header and the bytes that it refers to. */
export interface Packed {
  readonly header: Payload;
  readonly body: Uint8Array;
}

export interface PackOptions {
  /** Longest side of a texture in pixels. */
  readonly textureSize?: number;
  /** Keeps every n-th frame, and the last. */
  readonly everyFrame?: number;
  /** Whether the time runs as soon as the page is open, where the reader has not asked for less motion. Default true. */
  readonly autoplay?: boolean;
}

/**
 * Packs a recorded episode for the page: meshes and poses as small integers, textures as compressed pictures.
 *
 * @throws UserError if the arrays do not fit each other
 */
export async function packReplay(replay: Replay, { textureSize = 512, everyFrame = 1, autoplay = true }: PackOptions = {}): Promise<Packed> {
  const { scene, curves, cameras = [] } = replay;
  const all = frameCount(replay);
  const frames = Array.from({ length: all }, (_, i) => i).filter((i) => i % everyFrame === 0 || i === all - 1);
  const chunks: Uint8Array[] = [];
  let length = 0;
  const put = (bytes: Uint8Array): Block => {
    chunks.push(bytes);
    length += bytes.length;
    return [length - bytes.length, bytes.length];
  };
  const meshes = scene.meshes.map((mesh) => packMesh(mesh, put));
  const textures: PackedTexture[] = [];
  for (const texture of scene.textures) {
    const { mime, bytes } = await encodeTexture(texture, { longest: textureSize });
    textures.push({ kind: texture.kind, mime, data: put(bytes) });
  }
  const fixed: PackedCamera[] = scene.cameras.map(({ name, body, position, quaternion, fieldOfView }) => ({ name, body, position, quaternion, fieldOfView }));
  const header: Payload = {
    title: replay.title,
    ...(replay.sentence === undefined ? {} : { sentence: replay.sentence }),
    labels: replay.labels,
    frames: frames.length,
    autoplay,
    secondsPerFrame: replay.secondsPerFrame * everyFrame,
    bodies: scene.bodies,
    parts: scene.parts,
    meshes,
    textures,
    cameras: [...cameras, ...fixed],
    ...packPoses(replay, { frames, put }),
    curves: curves.map((curve) => ({ ...curve, values: frames.map((i) => rounded(curve.values[i] as number)) })),
    markers: replay.markers ?? [],
    trails: (replay.trails ?? []).map((name) => scene.bodies.indexOf(name)).filter((body) => body >= 0),
  };
  return { header, body: concatenated(chunks) };
}

/** How many frames an episode has. */
function frameCount({ title, scene, positions, quaternions, curves }: Replay): number {
  const frames = positions.length / (3 * scene.bodies.length);
  if (!Number.isInteger(frames) || frames < 1 || quaternions.length !== 4 * frames * scene.bodies.length) {
    throw new UserError(`Cannot show "${title}": poses of ${scene.bodies.length} bodies in at least one frame required, got ${positions.length} positions and ${quaternions.length} numbers of orientation.`);
  }
  const odd = curves.find(({ values }) => values.length !== frames);
  if (odd !== undefined) throw new UserError(`Cannot show the curve "${odd.name}" of "${title}": ${frames} values required, got ${odd.values.length}.`);
  return frames;
}

/** Vertices on a grid, equal ones welded, triangles without area left out, numbered in the order of their first use. */
function packMesh({ vertices, faces, uv }: MeshData, put: (bytes: Uint8Array) => Block): PackedMesh {
  const [low, extent] = boxOf(vertices);
  const places = Array.from({ length: vertices.length / 3 }, (_, vertex) =>
    [0, 1, 2].map((axis) => Math.round((((vertices[3 * vertex + axis] as number) - (low[axis] as number)) / ((extent[axis] as number) || 1)) * meshSteps)),
  );
  const keys = places.map((place) => place.join());
  const numbers = new Map<string, number>();
  const grid: (readonly number[])[] = [];
  const corners: number[] = [];
  const kept: number[] = [];
  const use = (corner: number): void => {
    const vertex = faces[corner] as number;
    const key = keys[vertex] as string;
    const number = numbers.get(key) ?? grid.push(places[vertex] as readonly number[]) - 1;
    numbers.set(key, number);
    corners.push(number);
    kept.push(corner);
  };
  for (let i = 0; i < faces.length; i += 3) {
    const triangle = [i, i + 1, i + 2];
    if (new Set(triangle.map((corner) => keys[faces[corner] as number])).size === 3) triangle.forEach(use);
  }
  if (grid.length > 65_536) throw new UserError(`Cannot show a mesh of ${grid.length} vertices: at most 65536 are supported.`);
  const coordinate = (axis: number) => (corner: number) => Math.round(4096 * ((uv as Float32Array)[2 * corner + axis] as number));
  return {
    vertices: grid.length,
    triangles: corners.length / 3,
    low,
    extent,
    positions: put(encodeDeltas([0, 1, 2].flatMap((axis) => grid.map((place) => place[axis] as number)))),
    faces: put(encodeFaces(corners)),
    ...(uv === undefined ? {} : { uv: put(encodeDeltas([...kept.map(coordinate(0)), ...kept.map(coordinate(1))])) }),
  };
}

function boxOf(vertices: Float32Array): [[number, number, number], [number, number, number]] {
  const low: [number, number, number] = [Infinity, Infinity, Infinity];
  const high: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  vertices.forEach((value, i) => {
    const axis = i % 3;
    low[axis] = Math.min(low[axis] as number, value);
    high[axis] = Math.max(high[axis] as number, value);
  });
  return [low, [high[0] - low[0], high[1] - low[1], high[2] - low[2]]];
}

function packPoses({ scene, positions, quaternions }: Replay, { frames, put }: { frames: readonly number[]; put: (bytes: Uint8Array) => Block }): Pick<Payload, "still" | "moving" | "metresPerUnit"> {
  const bodies = scene.bodies.length;
  // One less, so that a step between two rounded places fits as well.
  const metresPerUnit = Math.max(1e-3, longestStep(positions, { frames, stride: 3 * bodies })) / (poseSteps - 1);
  const still: { body: number; pose: number[] }[] = [];
  const moving: { body: number; poses: Block }[] = [];
  for (let body = 0; body < bodies; body++) {
    const position = (axis: number): number[] => frames.map((frame) => positions[3 * (frame * bodies + body) + axis] as number);
    const quaternion = (axis: number): number[] => frames.map((frame) => quaternions[4 * (frame * bodies + body) + axis] as number);
    const [places, turns] = [[0, 1, 2].map(position), [0, 1, 2, 3].map(quaternion)];
    const rests = places.every((values) => spread(values) < stillness.position) && turns.every((values) => spread(values) < stillness.quaternion);
    if (rests) {
      still.push({ body, pose: [...places, ...turns].map((values) => Number((values[0] as number).toFixed(6))) });
      continue;
    }
    const columns = [...places.map((values) => values.map((value) => Math.round(value / metresPerUnit))), ...turns.map((values) => values.map((value) => Math.round(value * poseSteps)))];
    moving.push({ body, poses: put(concatenated(columns.map(encodeDeltas))) });
  }
  return { still, moving, metresPerUnit };
}

/** The longest way along an axis from one kept frame to the next, or from the origin to the first. */
function longestStep(positions: Float32Array, { frames, stride }: { frames: readonly number[]; stride: number }): number {
  let longest = 0;
  frames.forEach((frame, i) => {
    for (let at = 0; at < stride; at++) {
      const before = i === 0 ? 0 : (positions[(frames[i - 1] as number) * stride + at] as number);
      longest = Math.max(longest, Math.abs((positions[frame * stride + at] as number) - before));
    }
  });
  return longest;
}

function spread(values: readonly number[]): number {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return high - low;
}

function rounded(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
}

function concatenated(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
