import { UserError } from "../util/index.js";
import { brainHalvesToFloats, halvesToFloats } from "./half.js";

/**
 * Reads and writes safetensors: an 8-byte length, a JSON header with the place of each tensor, then the numbers.
 * Format: https://huggingface.co/docs/safetensors (little-endian, row-major, no gaps, no overlap).
 */

export type SafetensorsDtype = "F64" | "F32" | "F16" | "BF16" | "I64" | "I32" | "I16" | "I8" | "U64" | "U32" | "U16" | "U8" | "BOOL";

/** Numbers as the file holds them: F16 and BF16 are raw bits, BOOL is 0 or 1. */
export type SafetensorsData = Float64Array | Float32Array | Uint16Array | BigInt64Array | Int32Array | Int16Array | Int8Array | BigUint64Array | Uint32Array | Uint8Array;

export interface SafetensorsTensor {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly data: SafetensorsData;
}

export interface Safetensors {
  /** Tensors in the order of their place in the file. */
  readonly tensors: Map<string, SafetensorsTensor>;
  /** Free text, `__metadata__` in the file. */
  readonly metadata: Record<string, string>;
}

interface ArrayType {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, offset: number, length: number): SafetensorsData;
}

const arrayTypes: Record<SafetensorsDtype, ArrayType> = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U64: BigUint64Array,
  U32: Uint32Array,
  U16: Uint16Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
};

/** The format's own limit, against headers that are garbage. */
const maxHeaderBytes = 100_000_000;

/**
 * Parses the bytes of a safetensors file. Tensors are views of `bytes` where alignment allows.
 *
 * @param options.name what error messages call the file
 * @throws UserError that names the tensor and what is wrong with it
 * @example readSafetensors(await readFile(path), { name: path }).tensors.get("actor/l1/w")
 */
export function readSafetensors(bytes: Uint8Array, { name = "safetensors" }: { name?: string } = {}): Safetensors {
  const fail = (problem: string): never => {
    throw new UserError(`Cannot read "${name}": ${problem}. The file is damaged or not a safetensors file.`);
  };
  if (bytes.length < 8) fail(`a header length of 8 bytes is required, got a file of ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  if (headerBytes > maxHeaderBytes) fail(`a header of at most ${maxHeaderBytes} bytes is required, got ${headerBytes}`);
  const start = 8 + headerBytes;
  if (start > bytes.length) fail(`a header of ${headerBytes} bytes is announced, got ${bytes.length - 8}`);

  const header = parseHeader(bytes.subarray(8, start), fail);
  const { __metadata__: rawMetadata = {}, ...entries } = header;
  const metadata = checkMetadata(rawMetadata, fail);
  const places = Object.entries(entries).map(([key, entry]) => ({ key, ...checkEntry(key, entry, fail) }));
  places.sort((a, b) => a.begin - b.begin || a.end - b.end);

  const tensors = new Map<string, SafetensorsTensor>();
  let expected = 0;
  for (const { key, dtype, shape, begin, end } of places) {
    if (begin !== expected) fail(`tensor "${key}" must begin at byte ${expected} of the data, got ${begin}`);
    if (start + end > bytes.length) fail(`tensor "${key}" ends at byte ${start + end}, got a file of ${bytes.length} bytes (cut off?)`);
    tensors.set(key, { dtype, shape, data: typedView(bytes.subarray(start + begin, start + end), dtype) });
    expected = end;
  }
  if (start + expected !== bytes.length) fail(`${start + expected} bytes are announced, got ${bytes.length}`);
  return { tensors, metadata };
}

/**
 * The bytes of a safetensors file. Wider numbers come first so that every tensor is aligned; otherwise order is kept.
 *
 * @throws Error if a shape and the number of elements disagree, or the array does not suit the dtype
 * @example writeSafetensors(new Map([["w", { dtype: "F32", shape: [2, 3], data: new Float32Array(6) }]]), { metadata: { step: "100" } })
 */
export function writeSafetensors(tensors: ReadonlyMap<string, SafetensorsTensor>, { metadata = {} }: { metadata?: Readonly<Record<string, string>> } = {}): Uint8Array {
  const width = ({ dtype }: SafetensorsTensor): number => arrayTypes[dtype].BYTES_PER_ELEMENT;
  const ordered = [...tensors].sort(([, a], [, b]) => width(b) - width(a));
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let end = 0;
  for (const [key, tensor] of ordered) {
    const { dtype, shape, data } = tensor;
    const count = shape.reduce((a, b) => a * b, 1);
    if (key === "__metadata__") throw new Error('Cannot write tensor "__metadata__": the name is reserved');
    if (!(data instanceof arrayTypes[dtype])) throw new Error(`Cannot write tensor "${key}": ${dtype} needs ${arrayTypes[dtype].name}, got ${data.constructor.name}`);
    if (count !== data.length) throw new Error(`Cannot write tensor "${key}": shape [${shape.join(", ")}] needs ${count} elements, got ${data.length}`);
    header[key] = { dtype, shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerBytes + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, 8, 8 + headerBytes);
  bytes.set(json, 8);
  let at = 8 + headerBytes;
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * A floating-point tensor as float32.
 *
 * @throws UserError for integers, which are never meant to be weights
 */
export function tensorToFloat32({ dtype, data }: SafetensorsTensor): Float32Array {
  if (dtype === "F32") return data as Float32Array;
  if (dtype === "F64") return Float32Array.from(data as Float64Array);
  if (dtype === "F16") return halvesToFloats(data as Uint16Array);
  if (dtype === "BF16") return brainHalvesToFloats(data as Uint16Array);
  throw new UserError(`Cannot read a tensor of ${dtype} as float32: F32, F64, F16 or BF16 is required.`);
}

type Fail = (problem: string) => never;

function parseHeader(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return fail("a header of JSON is required, got something else");
  }
  if (!isRecord(header)) return fail("a header of named tensors is required, got something else");
  return header;
}

function checkMetadata(value: unknown, fail: Fail): Record<string, string> {
  if (!isRecord(value) || Object.values(value).some((text) => typeof text !== "string")) return fail("__metadata__ must hold texts");
  return value as Record<string, string>;
}

function checkEntry(key: string, entry: unknown, fail: Fail): { dtype: SafetensorsDtype; shape: number[]; begin: number; end: number } {
  if (!isRecord(entry)) return fail(`tensor "${key}" must have dtype, shape and data_offsets`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string" || !Object.hasOwn(arrayTypes, dtype)) return fail(`tensor "${key}" must be one of ${Object.keys(arrayTypes).join(", ")}, got ${String(dtype)}`);
  if (!isSizes(shape)) return fail(`tensor "${key}" must have a shape of whole numbers`);
  if (!isSizes(offsets) || offsets.length !== 2) return fail(`tensor "${key}" must have two data_offsets`);
  const [begin, end] = offsets as [number, number];
  const needed = shape.reduce((a, b) => a * b, 1) * arrayTypes[dtype as SafetensorsDtype].BYTES_PER_ELEMENT;
  if (end - begin !== needed) return fail(`tensor "${key}" of ${dtype} [${shape.join(", ")}] needs ${needed} bytes, got ${end - begin}`);
  return { dtype: dtype as SafetensorsDtype, shape, begin, end };
}

function typedView(bytes: Uint8Array, dtype: SafetensorsDtype): SafetensorsData {
  const type = arrayTypes[dtype];
  const aligned = bytes.byteOffset % type.BYTES_PER_ELEMENT === 0 ? bytes : Uint8Array.from(bytes);
  return new type(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / type.BYTES_PER_ELEMENT);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
