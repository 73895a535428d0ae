import { afterEach, describe, expect, test, vi } from "vitest";
import { readOnnxNodes } from "../../formats/index.js";
import { compile } from "../compile.js";
import { hostArray } from "../../util/index.js";
import { jax } from "../jax-js.js";
import { tensorOf, valueOf, type Tensor } from "../tensor.js";
import { normal } from "../testing.js";
import { traceGraph } from "../trace-graph.js";
import { printOnnx, type OnnxOptions } from "./index.js";

type Traceable = (...inputs: Tensor[]) => Tensor;

async function operations(fn: Traceable, shapes: readonly (readonly number[])[], options: OnnxOptions = {}): Promise<string[]> {
  const graph = await traceGraph(fn, shapes.map((shape) => normal(shape)));
  return readOnnxNodes(printOnnx(graph, options).model).map(({ op }) => op);
}

describe("what is written", () => {
  test("a dense layer is one operation, whichever way its operands lie", async () => {
    expect(await operations((x, w, b) => x.matmul(w).add(b), [[8, 3], [3, 4], [4]])).toEqual(["Gemm"]);
    expect(await operations((x, w) => x.transpose([1, 0]).matmul(w), [[3, 8], [3, 4]])).toEqual(["Gemm"]);
    expect(await operations((x, w) => x.matmul(w.transpose([1, 0])), [[8, 3], [4, 3]])).toEqual(["Gemm"]);
  });
  test("broadcasts are left to the operation that reads them", async () => {
    expect(await operations((x, row) => x.sub(row), [[8, 3], [3]])).toEqual(["Sub"]);
    expect(await operations((x, column) => x.mul(column).exp(), [[8, 3], [8, 1]])).not.toContain("Expand");
    expect(await operations((x) => x.expandDims(1).broadcastTo([8, 5, 3]).mul(2), [[8, 3]])).toEqual(["Mul", "Reshape", "Expand"]);
  });
  test("sums over many rows are products", async () => {
    expect(await operations((x) => x.sum(0), [[256, 32]])).toEqual(["Gemm", "Reshape"]);
    expect(await operations((x) => x.sum(1), [[256, 32]])).toEqual(["ReduceSum"]);
  });
});

describe("a free batch axis", () => {
  const free = { name: "batch", size: 7 };
  test("costs nothing where sizes follow from the input", async () => {
    expect(await operations((x) => x.reshape([14, 3]).mul(2).reshape([7, 6]).softmax(-1), [[7, 2, 3]], { free })).not.toContain("Expand");
  });
  test("is refused where a size must be known", async () => {
    await expect(operations((row) => row.broadcastTo([7, 3]), [[3]], { free })).rejects.toThrow(/Cannot write a broadcast to \(7, 3\) as ONNX with a free batch axis/);
    await expect(operations((x) => x.reshape([7, 2, 7]).transpose([1, 0, 2]), [[14, 7]], { free })).rejects.toThrow(/one axis that depends on the batch is allowed, got 2/);
  });
});

describe("what does not work is explained", () => {
  afterEach(() => vi.doUnmock("onnxruntime-node"));
  test("an operation that ONNX lacks, by name", async () => {
    const bits = (x: Tensor): Tensor => tensorOf(jax().lax.bitcastConvertType(valueOf(x), "int32" as never));
    await expect(compile(bits, [normal([2])], { device: "onnx:cpu" })).rejects.toThrow(/Cannot write "bitcast" of int32 \(2\) as ONNX.*take the device xla or jax-js/);
  });
  test("a missing library", async () => {
    vi.doMock("onnxruntime-node", () => {
      throw new Error("no such file");
    });
    await expect(compile((x: Tensor) => x.add(1), [hostArray([], 1)], { device: "onnx:cpu" })).rejects.toThrow(/Cannot load ONNX Runtime: the library of onnxruntime-node for .*-.* is required.*npm ci/);
  });
});
