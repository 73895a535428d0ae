/** A point, an offset or a scale in metres: x, y, z. */
export type Vec3 = readonly [x: number, y: number, z: number];
/** Four components; the order (w, x, y, z) or (x, y, z, w) is the caller's. */
export type Quat = readonly [number, number, number, number];

/** A vector whose components were stored as float32 in the reference: 0.2 is 0.20000000298023224. */
export const f32 = (x: number, y: number, z: number): Vec3 => [Math.fround(x), Math.fround(y), Math.fround(z)];

export const add = (a: Vec3, b: Vec3): Vec3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const sub = (a: Vec3, b: Vec3): Vec3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const scale = (a: Vec3, b: Vec3): Vec3 => [a[0] * b[0], a[1] * b[1], a[2] * b[2]];
export const norm = (a: Vec3): number => Math.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
export const distance = (a: Vec3, b: Vec3): number => norm(sub(a, b));

/** Distance on the table, height ignored. */
export function distanceXY(a: Vec3, b: Vec3): number {
  const x = a[0] - b[0];
  const y = a[1] - b[1];
  return Math.sqrt(x * x + y * y);
}

/** Distance in the plane of x and height. */
export function distanceXZ(a: Vec3, b: Vec3): number {
  const x = a[0] - b[0];
  const z = a[2] - b[2];
  return Math.sqrt(x * x + z * z);
}

/** Three numbers of a flat array from `at` on. */
export function vec3(array: ArrayLike<number>, at = 0): Vec3 {
  return [array[at] as number, array[at + 1] as number, array[at + 2] as number];
}

export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
