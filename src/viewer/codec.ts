/**
 * Numbers as few bytes: what the page downloads is gzipped, and gzip finds more in small differences whose high and low
 * bytes lie apart. Runs in Node (encode) and in the browser (decode).
 */

const half = 32768;

/** Whole numbers whose neighbours are alike, as 2 bytes each. */
export function encodeDeltas(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(2 * values.length);
  let last = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const delta = wrap(value - last);
    const zigzag = delta < 0 ? -2 * delta - 1 : 2 * delta;
    bytes[i] = zigzag >> 8;
    bytes[values.length + i] = zigzag & 255;
    last = value;
  }
  return bytes;
}

/**
 * What `encodeDeltas` was given: numbers in −32768 … 32767 or, if they are `far`, of any size, where the first and the
 * steps between neighbours are in −32768 … 32767.
 */
export function decodeDeltas(bytes: Uint8Array, { far = false } = {}): Int32Array {
  const values = new Int32Array(bytes.length / 2);
  let last = 0;
  for (let i = 0; i < values.length; i++) {
    const zigzag = ((bytes[i] as number) << 8) | (bytes[values.length + i] as number);
    const sum = last + (zigzag & 1 ? -(zigzag + 1) / 2 : zigzag / 2);
    last = far ? sum : wrap(sum);
    values[i] = last;
  }
  return values;
}

/** Into −32768 … 32767. */
function wrap(value: number): number {
  return ((((value + half) % (2 * half)) + 2 * half) % (2 * half)) - half;
}

/**
 * Triangles as distances from the first index that was not used yet: meshes name most vertices shortly after they first
 * appear. Indices must be numbered in the order of their first use, at most 65,536 of them.
 */
export function encodeFaces(faces: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(2 * faces.length);
  let next = 0;
  for (let i = 0; i < faces.length; i++) {
    const back = next - (faces[i] as number);
    bytes[i] = back >> 8;
    bytes[faces.length + i] = back & 255;
    if (back === 0) next++;
  }
  return bytes;
}

/** What `encodeFaces` was given. */
export function decodeFaces(bytes: Uint8Array): Uint32Array {
  const faces = new Uint32Array(bytes.length / 2);
  let next = 0;
  for (let i = 0; i < faces.length; i++) {
    const back = ((bytes[i] as number) << 8) | (bytes[faces.length + i] as number);
    faces[i] = next - back;
    if (back === 0) next++;
  }
  return faces;
}
