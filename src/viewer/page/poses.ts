import * as three from "three";
import { decodeDeltas } from "../codec.js";
import type { Block, Payload } from "../format.js";

const turnUnit = 1 / 32767;

/** Where each body is at any time of the episode. */
export class Poses {
  private readonly still = new Map<number, readonly number[]>();
  /** x, y, z, w, x, y, z of all frames. */
  private readonly moving = new Map<number, readonly Int32Array[]>();
  private readonly frames: number;
  private readonly unit: number;
  private readonly next = { position: new three.Vector3(), quaternion: new three.Quaternion() };

  constructor(payload: Payload, bytes: (block: Block) => Uint8Array) {
    this.frames = payload.frames;
    this.unit = payload.metresPerUnit;
    for (const { body, pose } of payload.still) this.still.set(body, pose);
    for (const { body, poses } of payload.moving) {
      const all = bytes(poses);
      const length = 2 * payload.frames;
      this.moving.set(body, Array.from({ length: 7 }, (_, i) => decodeDeltas(all.subarray(i * length, (i + 1) * length), { far: i < 3 })));
    }
  }

  /** Bodies that move. */
  get movers(): readonly number[] {
    return [...this.moving.keys()];
  }

  /** Puts an object where a body is at a frame; between two frames it is on the way. */
  place(body: number, { frame, target }: { frame: number; target: { position: three.Vector3; quaternion: three.Quaternion } }): void {
    const values = this.moving.get(body);
    if (values === undefined) {
      const [x = 0, y = 0, z = 0, w = 1, i = 0, j = 0, k = 0] = this.still.get(body) ?? [];
      target.position.set(x, y, z);
      target.quaternion.set(i, j, k, w);
      return;
    }
    const before = Math.min(this.frames - 1, Math.floor(frame));
    this.read(values, before, target);
    if (frame <= before || before + 1 >= this.frames) return;
    this.read(values, before + 1, this.next);
    target.position.lerp(this.next.position, frame - before);
    target.quaternion.slerp(this.next.quaternion, frame - before);
  }

  private read(values: readonly Int32Array[], frame: number, { position, quaternion }: { position: three.Vector3; quaternion: three.Quaternion }): void {
    const value = (column: number): number => values[column]?.[frame] as number;
    position.set(value(0), value(1), value(2)).multiplyScalar(this.unit);
    quaternion.set(value(4) * turnUnit, value(5) * turnUnit, value(6) * turnUnit, value(3) * turnUnit).normalize();
  }
}
