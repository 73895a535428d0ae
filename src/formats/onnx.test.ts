import { describe, expect, it } from "vitest";
import { OnnxGraph, onnxFloat } from "./onnx.js";
import { appendOnnxOutput, readOnnxNodes } from "./onnx-reader.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const small = (): OnnxGraph => {
  const graph = new OnnxGraph({ name: "g", opset: 21 });
  const x = graph.input("x", { type: "float32", shape: ["n", 2] });
  const w = graph.initializer("w", { type: "float32", shape: [2, 1], data: Float32Array.of(1, -1) });
  graph.node("MatMul", [x, w], { output: "y" });
  graph.output("y", { type: "float32", shape: ["n", 1] });
  return graph;
};

describe("OnnxGraph", () => {
  it("encodes a tensor as protobuf says", () => {
    // TensorProto: dims 2 and 1 (field 1), data_type 1 (field 2), name (field 8), raw_data (field 9), little-endian.
    expect(hex(Buffer.concat(small().encode()))).toContain("0802080110014201774a080000803f000080bf");
  });

  it("encodes attributes by kind, negative numbers as 64-bit two's complement", () => {
    const graph = new OnnxGraph({ name: "g" });
    graph.node("Op", ["a"], { attributes: { axis: -1, epsilon: onnxFloat(1), perm: [1, 0], mode: "tanh" } });
    const bytes = hex(Buffer.concat(graph.encode()));
    expect(bytes).toContain(hex(Buffer.from("axis")) + "18ffffffffffffffffff01a00102");
    expect(bytes).toContain(hex(Buffer.from("epsilon")) + "150000803fa00101");
    expect(bytes).toContain(hex(Buffer.from("perm")) + "40014000a00107");
    expect(bytes).toContain(hex(Buffer.from("mode")) + "2204" + hex(Buffer.from("tanh")) + "a00103");
  });

  it("shares equal constants and tells types apart", () => {
    const graph = new OnnxGraph({ name: "g" });
    expect(graph.constant([1, 2])).toBe(graph.constant([1, 2]));
    expect(graph.constant(1)).not.toBe(graph.constant([1]));
    expect(graph.constant(1)).not.toBe(graph.constant(1, { type: "float32" }));
  });

  it("imports the runtime's own operations where they are used", () => {
    const graph = small();
    expect(hex(Buffer.concat(graph.encode()))).not.toContain(hex(Buffer.from("com.microsoft")));
    graph.node("MatMulNBits", ["y"], { domain: "com.microsoft" });
    expect(hex(Buffer.concat(graph.encode()))).toContain(`0a0d${hex(Buffer.from("com.microsoft"))}1001`);
  });

  it("does not copy large weights", () => {
    const graph = new OnnxGraph({ name: "g" });
    const data = new Float32Array(300_000);
    graph.initializer("w", { type: "float32", shape: [300_000], data });
    expect(graph.encode().some((piece) => piece.buffer === data.buffer)).toBe(true);
  });

  it("refuses a weight whose bytes do not fit its shape", () => {
    const graph = new OnnxGraph({ name: "g" });
    expect(() => graph.initializer("w", { type: "uint4", shape: [3, 3], data: new Uint8Array(4) })).toThrow('weight "w": uint4 [3, 3] needs 5 bytes, got 4');
  });
});

describe("readOnnxNodes", () => {
  it("lists what was written", () => {
    expect(readOnnxNodes(Buffer.concat(small().encode()))).toEqual([{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"] }]);
  });

  it("still reads a file to which an output was added", () => {
    const bytes = Buffer.concat([...small().encode(), appendOnnxOutput("x")]);
    expect(readOnnxNodes(bytes)).toHaveLength(1);
  });

  it("says that a file is damaged", () => {
    const bytes = Buffer.concat(small().encode());
    expect(() => readOnnxNodes(bytes.subarray(0, bytes.length - 20))).toThrow("it ends early");
    expect(() => readOnnxNodes(Uint8Array.of(0x07))).toThrow("damaged");
  });
});
