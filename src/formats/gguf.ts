import { UserError } from "../util/index.js";
import { halfTable } from "./half.js";

/**
 * Reads GGUF, the model files of llama.cpp: typed metadata, a list of tensors, then their (quantised) numbers.
 * Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */

export type GgufValue = number | bigint | boolean | string | readonly GgufValue[];

/** Kinds of numbers that are read: F32, F16, and blocks of 32 weights in 4 or 8 bits with half-precision scales. */
export type GgufType = "F32" | "F16" | "Q4_0" | "Q4_1" | "Q8_0";

export interface GgufTensor {
  readonly type: GgufType;
  /** Row-major, slowest first: a linear layer is [outputs, inputs] (the file lists sizes the other way round). */
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export interface Gguf {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

/** Numbers in one block, and the bytes that it takes. */
const layouts: Record<GgufType, { id: number; block: number; bytes: number }> = {
  F32: { id: 0, block: 1, bytes: 4 },
  F16: { id: 1, block: 1, bytes: 2 },
  Q4_0: { id: 2, block: 32, bytes: 18 },
  Q4_1: { id: 3, block: 32, bytes: 20 },
  Q8_0: { id: 8, block: 32, bytes: 34 },
};

/**
 * Parses the bytes of a GGUF file (version 2 or 3, little-endian). Tensors are views of `bytes`.
 *
 * @throws UserError that says what is damaged or not known
 * @example readGguf(await readFile("model.gguf"), { name: "model.gguf" }).metadata.get("general.architecture")
 */
export function readGguf(bytes: Uint8Array, { name = "gguf" }: { name?: string } = {}): Gguf {
  try {
    return parse(bytes);
  } catch (error) {
    const problem = error instanceof RangeError ? `it ends early, at ${bytes.length} bytes` : (error as Error).message;
    throw new UserError(`Cannot read "${name}": ${problem}. The file is damaged, cut off or not a GGUF file.`, { cause: error });
  }
}

function parse(bytes: Uint8Array): Gguf {
  const reader = new Reader(bytes);
  const magic = reader.u32();
  if (magic !== 0x46554747) throw new Error(`it must begin with "GGUF", got 0x${magic.toString(16)}`);
  const version = reader.u32();
  if (version !== 2 && version !== 3) throw new Error(`version 2 or 3 is required, got ${version}`);
  const tensorCount = reader.size();
  const metadataCount = reader.size();
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < metadataCount; i++) metadata.set(reader.text(), reader.value(reader.u32()));
  const infos: { name: string; sizes: number[]; id: number; offset: number }[] = [];
  for (let i = 0; i < tensorCount; i++) {
    const name = reader.text();
    const sizes = Array.from({ length: reader.u32() }, () => reader.size());
    infos.push({ name, sizes, id: reader.u32(), offset: reader.size() });
  }
  const alignment = Number(metadata.get("general.alignment") ?? 32);
  const start = Math.ceil(reader.at / alignment) * alignment;
  const tensors = new Map<string, GgufTensor>();
  for (const { name, sizes, id, offset } of infos) {
    const type = (Object.keys(layouts) as GgufType[]).find((key) => layouts[key].id === id);
    if (type === undefined) throw new Error(`tensor "${name}" must be one of ${Object.keys(layouts).join(", ")}, got type ${id}`);
    const { block, bytes: blockBytes } = layouts[type];
    const count = sizes.reduce((a, b) => a * b, 1);
    if ((sizes[0] ?? 1) % block !== 0) throw new Error(`tensor "${name}" of ${type} must have rows of whole blocks of ${block}, got ${sizes[0]}`);
    const length = (count / block) * blockBytes;
    if (start + offset + length > bytes.length) throw new Error(`tensor "${name}" ends at byte ${start + offset + length} of ${bytes.length}`);
    tensors.set(name, { type, shape: sizes.toReversed(), bytes: bytes.subarray(start + offset, start + offset + length) });
  }
  return { metadata, tensors };
}

/** Blocks of 32 weights taken apart: weight = scale · code + offset, one scale and one offset for each block. */
export interface GgufBlocks {
  /** Four-bit codes 0…15, two a byte, the first in the low half; or eight-bit codes −128…127. */
  readonly codes: Uint8Array | Int8Array;
  readonly bits: 4 | 8;
  readonly scales: Float32Array;
  readonly offsets: Float32Array;
}

/** Takes the blocks of a quantised tensor apart without losing anything. */
export function ggufBlocks({ type, bytes }: GgufTensor): GgufBlocks {
  if (type === "F32" || type === "F16") throw new Error(`Cannot take blocks of ${type}: a quantised tensor is required`);
  const halves = halfTable();
  const size = layouts[type].bytes;
  const count = bytes.length / size;
  const scales = new Float32Array(count);
  const offsets = new Float32Array(count);
  const half = (at: number): number => halves[(bytes[at] as number) | ((bytes[at + 1] as number) << 8)] as number;
  if (type === "Q8_0") {
    const codes = new Int8Array(count * 32);
    for (let b = 0; b < count; b++) {
      scales[b] = half(b * size);
      for (let i = 0; i < 32; i++) codes[b * 32 + i] = bytes[b * size + 2 + i] as number;
    }
    return { codes, bits: 8, scales, offsets };
  }
  const head = type === "Q4_1" ? 4 : 2;
  const codes = new Uint8Array(count * 16);
  for (let b = 0; b < count; b++) {
    const at = b * size;
    const scale = half(at);
    scales[b] = scale;
    offsets[b] = type === "Q4_1" ? half(at + 2) : -8 * scale;
    // In the file, byte i holds weight i in its low half and weight i + 16 in its high half.
    for (let i = 0; i < 8; i++) {
      const first = bytes[at + head + 2 * i] as number;
      const second = bytes[at + head + 2 * i + 1] as number;
      codes[b * 16 + i] = (first & 15) | ((second & 15) << 4);
      codes[b * 16 + 8 + i] = (first >> 4) | (second & 0xf0);
    }
  }
  return { codes, bits: 4, scales, offsets };
}

/** The numbers of a tensor as float32, row-major. */
export function dequantizeGguf(tensor: GgufTensor): Float32Array {
  const { type, bytes } = tensor;
  if (type === "F32") return new Float32Array(Uint8Array.from(bytes).buffer);
  if (type === "F16") {
    const halves = halfTable();
    return Float32Array.from({ length: bytes.length / 2 }, (_, i) => halves[(bytes[2 * i] as number) | ((bytes[2 * i + 1] as number) << 8)] as number);
  }
  const { codes, bits, scales, offsets } = ggufBlocks(tensor);
  const values = new Float32Array(scales.length * 32);
  for (let i = 0; i < values.length; i++) {
    const code = bits === 8 ? (codes[i] as number) : ((codes[i >> 1] as number) >> (4 * (i & 1))) & 15;
    values[i] = (scales[i >> 5] as number) * code + (offsets[i >> 5] as number);
  }
  return values;
}

class Reader {
  at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u32(): number {
    this.at += 4;
    return this.view.getUint32(this.at - 4, true);
  }

  size(): number {
    this.at += 8;
    const size = Number(this.view.getBigUint64(this.at - 8, true));
    if (!Number.isSafeInteger(size)) throw new Error(`a size is ${size}`);
    return size;
  }

  text(): string {
    const length = this.size();
    if (this.at + length > this.bytes.length) throw new RangeError("text beyond the end");
    this.at += length;
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }

  value(type: number): GgufValue {
    if (type === 8) return this.text();
    if (type === 9) {
      const itemType = this.u32();
      const length = this.size();
      if (length > this.bytes.length) throw new RangeError("list beyond the end");
      return Array.from({ length }, () => this.value(itemType));
    }
    const scalar = scalars[type];
    if (scalar === undefined) throw new Error(`a metadata value has the unknown type ${type}`);
    const [bytes, read] = scalar;
    this.at += bytes;
    return read(this.view, this.at - bytes);
  }
}

const scalars: Record<number, readonly [bytes: number, read: (view: DataView, at: number) => GgufValue]> = {
  0: [1, (view, at) => view.getUint8(at)],
  1: [1, (view, at) => view.getInt8(at)],
  2: [2, (view, at) => view.getUint16(at, true)],
  3: [2, (view, at) => view.getInt16(at, true)],
  4: [4, (view, at) => view.getUint32(at, true)],
  5: [4, (view, at) => view.getInt32(at, true)],
  6: [4, (view, at) => view.getFloat32(at, true)],
  7: [1, (view, at) => view.getUint8(at) !== 0],
  10: [8, (view, at) => view.getBigUint64(at, true)],
  11: [8, (view, at) => view.getBigInt64(at, true)],
  12: [8, (view, at) => view.getFloat64(at, true)],
};
