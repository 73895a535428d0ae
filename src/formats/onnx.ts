/**
 * Writes ONNX files: a graph builder over a protobuf encoder that holds only what ModelProto needs.
 *
 * A general protobuf package would copy each weight several times on its way to the file; here weights are handed to
 * the file as they lie in memory. Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */

import { field, integer, text, varint, type Bytes } from "./protobuf.js";

/** Element types by their number in TensorProto.DataType. */
export const onnxTypes = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11, uint32: 12, uint4: 21 } as const;
export type OnnxType = keyof typeof onnxTypes;

/** A size, or the name of one that is known only at run time. */
export type OnnxDim = number | string;

/** A whole number is an int; wrap a number in `onnxFloat` for a float. */
export type OnnxAttribute = number | readonly number[] | string | OnnxFloat;
export interface OnnxFloat {
  readonly float: number;
}

export const onnxFloat = (value: number): OnnxFloat => ({ float: value });

type Data = ArrayBufferView;

/**
 * A graph under construction. Values are known by their names; every method that makes one returns its name.
 *
 * @example
 * const graph = new OnnxGraph({ name: "double" });
 * const x = graph.input("x", { type: "float32", shape: ["batch", 3] });
 * graph.node("Add", [x, x], { output: "y" });
 * graph.output("y", { type: "float32", shape: ["batch", 3] });
 * await writeFileAtomic("double.onnx", graph.encode());
 */
export class OnnxGraph {
  private readonly nodes: Bytes[] = [];
  private readonly initializers: Bytes[] = [];
  private readonly inputs: Bytes[] = [];
  private readonly outputs: Bytes[] = [];
  private readonly constants = new Map<string, string>();
  private readonly domains = new Set<string>();
  private count = 0;

  constructor(private readonly options: { name: string; opset?: number; metadata?: Readonly<Record<string, string>> }) {}

  input(name: string, value: { type: OnnxType; shape: readonly OnnxDim[] }): string {
    this.inputs.push(...field(11, valueInfo(name, value)));
    return name;
  }

  output(name: string, value: { type: OnnxType; shape: readonly OnnxDim[] }): string {
    this.outputs.push(...field(12, valueInfo(name, value)));
    return name;
  }

  /** A weight. `data` is little-endian, row-major; uint4 holds two numbers a byte, the first in the low half. */
  initializer(name: string, { type, shape, data }: { type: OnnxType; shape: readonly number[]; data: Data }): string {
    const count = shape.reduce((a, b) => a * b, 1);
    const needed = Math.ceil(count * elementBytes[type]);
    if (needed !== data.byteLength) throw new Error(`Cannot add weight "${name}": ${type} [${shape.join(", ")}] needs ${needed} bytes, got ${data.byteLength}`);
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const head = [...shape.flatMap((size) => integer(1, size)), ...integer(2, onnxTypes[type]), ...text(8, name)];
    this.initializers.push(...field(5, [...head, ...field(9, [raw])]));
    return name;
  }

  /** A small constant, int64 unless told otherwise; a number gives a scalar, a list one axis. Equal constants share one value. */
  constant(value: number | readonly number[], { type = "int64", shape = typeof value === "number" ? [] : [value.length] }: { type?: keyof typeof constantArrays; shape?: readonly number[] } = {}): string {
    const numbers = [value].flat();
    // JSON has no infinities and drops the sign of −0.
    const key = `${type} ${shape.join("x")} ${numbers.map((number) => (Object.is(number, -0) ? "-0" : String(number))).join(",")}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const data = type === "int64" ? BigInt64Array.from(numbers, (n) => BigInt(n)) : constantArrays[type].from(numbers);
    const name = this.initializer(`const_${this.constants.size}`, { type, shape, data });
    this.constants.set(key, name);
    return name;
  }

  /**
   * Adds an operation of one output and returns the output's name; an empty input name leaves an optional input out.
   * `domain` names a runtime's own set of operations, such as "com.microsoft".
   */
  node(op: string, inputs: readonly string[], { output, attributes = {}, domain = "" }: { output?: string; attributes?: Readonly<Record<string, OnnxAttribute>>; domain?: string } = {}): string {
    const id = this.count++;
    const name = output ?? `${op}_${id}`;
    if (domain !== "") this.domains.add(domain);
    this.nodes.push(
      ...field(1, [
        ...inputs.flatMap((input) => text(1, input)),
        ...text(2, name),
        ...text(3, `node_${id}_${op}`),
        ...text(4, op),
        ...Object.entries(attributes).flatMap(([key, value]) => field(5, attribute(key, value))),
        ...(domain === "" ? [] : text(7, domain)),
      ]),
    );
    return name;
  }

  /** The file, in pieces to be written one after another. */
  encode(): Uint8Array[] {
    const { name, opset = 21, metadata = {} } = this.options;
    const graph = [...this.nodes, ...text(2, name), ...this.initializers, ...this.inputs, ...this.outputs];
    return joinSmall([
      ...integer(1, 10),
      ...text(2, "llmdpd"),
      ...field(7, graph),
      ...field(8, [...text(1, ""), ...integer(2, opset)]),
      ...[...this.domains].flatMap((domain) => field(8, [...text(1, domain), ...integer(2, 1)])),
      ...Object.entries(metadata).flatMap(([key, value]) => field(14, [...text(1, key), ...text(2, value)])),
    ]);
  }
}

/** A ModelProto that holds nothing but one output of its graph. */
export function encodeOnnxOutput(name: string, value: { type: OnnxType; shape: readonly OnnxDim[] }): Uint8Array {
  return Buffer.concat(field(7, field(12, valueInfo(name, value))));
}

const constantArrays = { float32: Float32Array, int32: Int32Array, uint32: Uint32Array, bool: Uint8Array, int64: BigInt64Array } as const;
const elementBytes: Record<OnnxType, number> = { float32: 4, uint8: 1, int8: 1, int32: 4, int64: 8, bool: 1, float16: 2, float64: 8, uint32: 4, uint4: 0.5 };

function valueInfo(name: string, { type, shape }: { type: OnnxType; shape: readonly OnnxDim[] }): Bytes[] {
  const dims = shape.flatMap((size) => field(1, typeof size === "number" ? integer(1, size) : text(2, size)));
  const tensor = [...integer(1, onnxTypes[type]), ...field(2, dims)];
  return [...text(1, name), ...field(2, field(1, tensor))];
}

function attribute(name: string, value: OnnxAttribute): Bytes[] {
  const head = text(1, name);
  if (typeof value === "string") return [...head, ...text(4, value), ...integer(20, 3)];
  if (typeof value === "number") return [...head, ...integer(3, value), ...integer(20, 2)];
  if ("float" in value) return [...head, varint((2 << 3) | 5), new Uint8Array(Float32Array.of(value.float).buffer), ...integer(20, 1)];
  return [...head, ...value.flatMap((item) => integer(8, item)), ...integer(20, 7)];
}

/** Joins small pieces, so that a file is written in few calls, and leaves large ones where they lie. */
function joinSmall(pieces: readonly Bytes[]): Bytes[] {
  const joined: Bytes[] = [];
  let small: Bytes[] = [];
  const flush = (): void => {
    if (small.length > 0) joined.push(Buffer.concat(small));
    small = [];
  };
  for (const piece of pieces) {
    if (piece.length < 1 << 20) small.push(piece);
    else {
      flush();
      joined.push(piece);
    }
  }
  flush();
  return joined;
}
