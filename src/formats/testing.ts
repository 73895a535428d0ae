/** For tests: writes GGUF files, with numbers quantised as the format says. */

export type GgufMeta = number | string | boolean | readonly string[] | readonly number[];

const ids = { F32: 0, F16: 1, Q4_0: 2, Q4_1: 3, Q8_0: 8, Q6_K: 14 } as const;

export interface GgufInput {
  readonly type: keyof typeof ids;
  /** Row-major, slowest first. */
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** The bytes of a GGUF file; numbers become uint32 where they are whole and float32 elsewhere. */
export function writeGguf(metadata: Readonly<Record<string, GgufMeta>>, tensors: Readonly<Record<string, GgufInput>>): Uint8Array {
  const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
  const u64 = (value: number): Uint8Array => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
  const text = (value: string): Uint8Array[] => [u64(Buffer.byteLength(value)), Buffer.from(value)];
  const value = (meta: GgufMeta): Uint8Array[] => {
    if (typeof meta === "string") return [u32(8), ...text(meta)];
    if (typeof meta === "boolean") return [u32(7), Uint8Array.of(meta ? 1 : 0)];
    if (typeof meta === "number") return Number.isInteger(meta) ? [u32(4), u32(meta)] : [u32(6), new Uint8Array(Float32Array.of(meta).buffer)];
    const strings = typeof meta[0] === "string";
    return [u32(9), u32(strings ? 8 : 4), u64(meta.length), ...meta.flatMap((item) => (typeof item === "string" ? text(item) : [u32(item)]))];
  };
  const entries = Object.entries(tensors);
  let offset = 0;
  const data: Uint8Array[] = [];
  const infos = entries.flatMap(([name, { type, shape, bytes }]) => {
    const info = [...text(name), u32(shape.length), ...shape.toReversed().map(u64), u32(ids[type]), u64(offset)];
    const padding = new Uint8Array((32 - (bytes.length % 32)) % 32);
    data.push(bytes, padding);
    offset += bytes.length + padding.length;
    return info;
  });
  const head = Buffer.concat([
    u32(0x46554747),
    u32(3),
    u64(entries.length),
    u64(Object.keys(metadata).length),
    ...Object.entries(metadata).flatMap(([key, meta]) => [...text(key), ...value(meta)]),
    ...infos,
  ]);
  return Buffer.concat([head, new Uint8Array((32 - (head.length % 32)) % 32), ...data]);
}

/** A float32 tensor. */
export function f32(shape: readonly number[], values: Float32Array): GgufInput {
  return { type: "F32", shape, bytes: new Uint8Array(values.slice().buffer) };
}

/** Blocks of 32 four-bit codes with scale and least value: the format of `Q4_1`. */
export function q4_1(shape: readonly number[], values: Float32Array): GgufInput {
  const bytes = blocks(values, 20, ({ block, out }) => {
    const low = Math.min(...block);
    const scale = (Math.max(...block) - low) / 15;
    out.setUint16(0, halfBits(scale), true);
    out.setUint16(2, halfBits(low), true);
    const code = (i: number): number => Math.max(0, Math.min(15, Math.round(((block[i] as number) - low) / scale)));
    for (let i = 0; i < 16; i++) out.setUint8(4 + i, code(i) | (code(i + 16) << 4));
  });
  return { type: "Q4_1", shape, bytes };
}

/** Blocks of 32 eight-bit codes with a scale: the format of `Q8_0`. */
export function q8_0(shape: readonly number[], values: Float32Array): GgufInput {
  const bytes = blocks(values, 34, ({ block, out }) => {
    const scale = Math.max(...block.map(Math.abs)) / 127;
    out.setUint16(0, halfBits(scale), true);
    block.forEach((x, i) => out.setInt8(2 + i, Math.round(x / scale)));
  });
  return { type: "Q8_0", shape, bytes };
}

function blocks(values: Float32Array, size: number, encode: (place: { block: Float32Array; out: DataView }) => void): Uint8Array {
  const bytes = new Uint8Array((values.length / 32) * size);
  for (let b = 0; b < values.length / 32; b++) encode({ block: values.subarray(b * 32, b * 32 + 32), out: new DataView(bytes.buffer, b * size, size) });
  return bytes;
}

/** Bits of the half-precision number next to a value of ordinary size; what is too small for one becomes zero. */
export function halfBits(value: number): number {
  const word = new DataView(new ArrayBuffer(4));
  word.setFloat32(0, value);
  const bits = word.getUint32(0) + 0x1000;
  const exponent = ((bits >>> 23) & 255) - 112;
  const sign = (bits >>> 16) & 0x8000;
  return exponent <= 0 ? sign : sign | (exponent << 10) | ((bits >>> 13) & 1023);
}
