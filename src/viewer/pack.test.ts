import { describe, expect, it } from "vitest";
import type { VisualModel } from "../envs/index.js";
import { decodeDeltas, decodeFaces } from "./codec.js";
import { packReplay } from "./pack.js";
import type { Replay } from "./replay.js";

const white = { color: [1, 1, 1, 1], repeat: [1, 1], specular: 0.5, shininess: 0.5, emission: 0, position: [0, 0, 0], quaternion: [1, 0, 0, 0] } as const;

/** Two bodies; the mesh on the second has a vertex twice and a triangle without area. */
const scene: VisualModel = {
  bodies: ["world", "arm"],
  parts: [
    { ...white, body: 0, shape: "plane", size: [1, 1, 0.1], texture: 0 },
    { ...white, body: 1, shape: "mesh", size: [1, 1, 1], mesh: 0 },
  ],
  meshes: [{ vertices: Float32Array.of(0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 0, 1, 2, 3), faces: Uint32Array.of(3, 1, 0, 0, 1, 2, 2, 3, 4) }],
  textures: [{ kind: "2d", width: 2, height: 1, channels: 3, pixels: Uint8Array.of(255, 0, 0, 0, 0, 255) }],
  cameras: [],
};

function replay(changes: Partial<Replay> = {}): Replay {
  const positions = Float32Array.of(0, 0, 0, 0.1, 0, 0, 0, 0, 0, 0.2, 0, 0, 0, 0, 0, 0.4, -2, 0);
  const quaternions = new Float32Array(3 * 2 * 4).map((_, i) => (i % 4 === 0 ? 1 : 0));
  return { title: "test", labels: [], scene, secondsPerFrame: 0.1, positions, quaternions, curves: [{ name: "reward", kind: "line", values: [NaN, 1, 2] }], ...changes };
}

describe("packReplay", () => {
  it("keeps what moves apart from what does not, to a fraction of a millimetre", async () => {
    const { header, body } = await packReplay(replay({ trails: ["arm"] }));
    expect(header.still).toEqual([{ body: 0, pose: [0, 0, 0, 1, 0, 0, 0] }]);
    expect(header.moving.map((one) => one.body)).toEqual([1]);
    const [start, length] = header.moving[0]?.poses ?? [0, 0];
    expect(length).toBe(7 * 3 * 2);
    const columns = Array.from({ length: 7 }, (_, i) => [...decodeDeltas(body.subarray(start + 6 * i, start + 6 * (i + 1)), { far: true })]);
    const metres = columns.slice(0, 3).map((units) => units.map((unit) => unit * header.metresPerUnit));
    [[0.1, 0.2, 0.4], [0, 0, -2], [0, 0, 0]].forEach((values, axis) => values.forEach((value, i) => expect(metres[axis]?.[i]).toBeCloseTo(value, 4)));
    expect(columns.slice(3)).toEqual([[32767, 32767, 32767], [0, 0, 0], [0, 0, 0], [0, 0, 0]]);
    expect(header.trails).toEqual([1]);
    expect(header.curves[0]?.values).toEqual([null, 1, 2]);
  });

  it("places a body as exactly where it has run far", async () => {
    const positions = new Float32Array(3 * 2 * 3);
    [0, 300, 600].forEach((x, frame) => (positions[3 * (2 * frame + 1)] = x));
    const far = replay({ positions });
    const near = Array.from({ length: 1001 }, (_, frame) => [0, 0, 0, 0.6 * frame, 0.5, 0]).flat();
    const turns = new Float32Array(1001 * 2 * 4).map((_, i) => (i % 4 === 0 ? 1 : 0));
    const ran = replay({ positions: Float32Array.from(near), quaternions: turns, curves: [] });
    expect((await packReplay(far)).header.metresPerUnit).toBeCloseTo(300 / 32766, 6);
    const { header, body } = await packReplay(ran);
    expect(header.metresPerUnit).toBeLessThan(2e-5);
    const [start] = header.moving[0]?.poses ?? [0];
    const last = decodeDeltas(body.subarray(start, start + 2 * 1001), { far: true }).at(-1) as number;
    expect(last * header.metresPerUnit).toBeCloseTo(600, 4);
  });

  it("welds vertices and leaves out triangles without area", async () => {
    const { header, body } = await packReplay(replay());
    const [mesh] = header.meshes;
    expect(mesh).toMatchObject({ vertices: 4, triangles: 2, low: [0, 0, 0], extent: [1, 2, 3] });
    const bytes = ([start, length]: readonly [number, number]): Uint8Array => body.subarray(start, start + length);
    expect([...decodeFaces(bytes(mesh?.faces ?? [0, 0]))]).toEqual([0, 1, 2, 2, 1, 3]);
    expect([...decodeDeltas(bytes(mesh?.positions ?? [0, 0]))]).toEqual([0, 16383, 0, 16383, 0, 0, 16383, 16383, 0, 0, 0, 16383]);
  });

  it("keeps every n-th frame and the last", async () => {
    const { header } = await packReplay(replay(), { everyFrame: 2 });
    expect(header).toMatchObject({ frames: 2, secondsPerFrame: 0.2 });
    expect(header.curves[0]?.values).toEqual([null, 2]);
  });

  it("refuses arrays that do not fit each other", async () => {
    await expect(packReplay(replay({ positions: new Float32Array(7) }))).rejects.toThrow('Cannot show "test": poses of 2 bodies in at least one frame required, got 7 positions');
    await expect(packReplay(replay({ curves: [{ name: "reward", kind: "line", values: [1] }] }))).rejects.toThrow('Cannot show the curve "reward" of "test": 3 values required, got 1.');
  });
});
