import { encodeOnnxOutput } from "./onnx.js";

/** Reads as much of an ONNX file as is needed to find a value in its graph, and adds outputs to it. */

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * The operations of a model's graph, in order.
 *
 * @throws Error if the bytes are not a protobuf message
 */
export function readOnnxNodes(model: Uint8Array): OnnxNode[] {
  const nodes: OnnxNode[] = [];
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  for (const graph of fields(model, 7)) {
    for (const node of fields(graph, 1)) {
      const [op] = fields(node, 4);
      nodes.push({ op: op === undefined ? "" : text(op), inputs: [...fields(node, 1)].map(text), outputs: [...fields(node, 2)].map(text) });
    }
  }
  return nodes;
}

/**
 * Bytes which, put at the end of an ONNX file, make a float32 value of its graph, (batch, length, width), an output:
 * protobuf joins messages that are written one after the other.
 */
export function appendOnnxOutput(name: string): Uint8Array {
  return encodeOnnxOutput(name, { type: "float32", shape: ["batch", "length", "width"] });
}

/** The contents of all fields of a number that hold bytes. */
function* fields(message: Uint8Array, number: number): Generator<Uint8Array> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined || scale > 2 ** 63) throw new Error("Cannot read the ONNX file: it is damaged");
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wire = tag & 7;
    if (wire === 0) varint();
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else if (wire === 2) {
      const length = varint();
      if (at + length > message.length) throw new Error("Cannot read the ONNX file: it ends early");
      if (Math.floor(tag / 8) === number) yield message.subarray(at, at + length);
      at += length;
    } else throw new Error("Cannot read the ONNX file: it is damaged");
  }
}
