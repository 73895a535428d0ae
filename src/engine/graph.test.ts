import { describe, expect, test } from "vitest";
import { valueAndGrad } from "./grad.js";
import { hostArray, sizeOf, type HostArray } from "../util/index.js";
import { repeat } from "./ops.js";
import { printGraph } from "./print-graph.js";
import { printStableHlo } from "./stablehlo/index.js";
import type { Tensor } from "./tensor.js";
import { traceGraph } from "./trace-graph.js";

const array = (...shape: number[]): HostArray => hostArray(shape, new Float32Array(sizeOf(shape)));
type Layer<T> = { readonly w: T; readonly b: T };

describe("the graph of", () => {
  test("a dense layer and its gradient: two products, no copy of anything", async () => {
    const graph = await traceGraph(
      (layer: Layer<Tensor>, x: Tensor) => valueAndGrad((p: Layer<Tensor>) => x.matmul(p.w).add(p.b).square().mean())(layer),
      [{ w: array(4, 8), b: array(8) }, array(16, 4)],
    );
    expect(`\n${printGraph(graph)}\n`).toMatchInlineSnapshot(`
      "
      (0/w: f32[4, 8], 0/b: f32[8], 1: f32[16, 4])
        %0 = dot 1, 0/w {batch=[[], []], contract=[[1], [0]]} : f32[16, 8]
        %1 = broadcast 0/b {dims=[1]} : f32[16, 8]
        %2 = add %0, %1 : f32[16, 8]
        %3 = mul %2, %2 : f32[16, 8]
        %4 = reduce %3 {fn=add, axes=[0, 1]} : f32[]
        %5 = mul %4, 0.0078125 : f32[]
        %6 = broadcast 0.0078125 {dims=[]} : f32[16, 8]
        %7 = mul %2, %6 : f32[16, 8]
        %8 = add %7, %7 : f32[16, 8]
        %9 = dot 1, %8 {batch=[[], []], contract=[[0], [0]]} : f32[4, 8]
        %10 = reduce %8 {fn=add, axes=[0]} : f32[8]
      return %5, %9, %10
      "
    `);
  });

  test("attention: heads become batch axes of the products, transposes disappear", async () => {
    const heads = (t: Tensor): Tensor => t.reshape([2, 5, 2, 3]).transpose([0, 2, 1, 3]);
    const graph = await traceGraph((q: Tensor, k: Tensor, v: Tensor) => heads(q).matmul(heads(k).transpose([0, 1, 3, 2])).matmul(heads(v)).transpose([0, 2, 1, 3]).reshape([2, 5, 6]), [array(2, 5, 6), array(2, 5, 6), array(2, 5, 6)]);
    expect(`\n${printGraph(graph)}\n`).toMatchInlineSnapshot(`
      "
      (0: f32[2, 5, 6], 1: f32[2, 5, 6], 2: f32[2, 5, 6])
        %0 = reshape 0 : f32[2, 5, 2, 3]
        %1 = reshape 1 : f32[2, 5, 2, 3]
        %2 = dot %0, %1 {batch=[[0, 2], [0, 2]], contract=[[3], [3]]} : f32[2, 2, 5, 5]
        %3 = reshape 2 : f32[2, 5, 2, 3]
        %4 = dot %2, %3 {batch=[[0, 1], [0, 2]], contract=[[3], [1]]} : f32[2, 2, 5, 3]
        %5 = transpose %4 {perm=[0, 2, 1, 3]} : f32[2, 5, 2, 3]
        %6 = reshape %5 : f32[2, 5, 6]
      return %6
      "
    `);
  });

  test("the gradient of a mean over time: the broadcast is summed before the product", async () => {
    const graph = await traceGraph((w: Tensor, x: Tensor) => valueAndGrad((p: Tensor) => x.matmul(p).mean(1).square().sum())(w)[1], [array(4, 8), array(5, 6, 4)]);
    expect(`\n${printGraph(graph)}\n`).toMatchInlineSnapshot(`
      "
      (0: f32[4, 8], 1: f32[5, 6, 4])
        %0 = reduce 1 {fn=add, axes=[1]} : f32[5, 4]
        %1 = broadcast 0.1666666716337204 {dims=[]} : f32[5, 8]
        %2 = reshape 1 : f32[30, 4]
        %3 = dot %2, 0 {batch=[[], []], contract=[[1], [0]]} : f32[30, 8]
        %4 = reshape %3 : f32[5, 6, 8]
        %5 = reduce %4 {fn=add, axes=[1]} : f32[5, 8]
        %6 = mul %5, %1 : f32[5, 8]
        %7 = add %6, %6 : f32[5, 8]
        %8 = mul %1, %7 : f32[5, 8]
        %9 = dot %0, %8 {batch=[[], []], contract=[[0], [0]]} : f32[4, 8]
      return %9
      "
    `);
  });

  test("repeated rows: computed once per prompt", async () => {
    const graph = await traceGraph((x: Tensor, prompt: Tensor, w: Tensor) => x.add(repeat(prompt.matmul(w), 3, 0)), [array(6, 4), array(2, 5), array(5, 4)]);
    expect(`\n${printGraph(graph)}\n`).toMatchInlineSnapshot(`
      "
      (0: f32[6, 4], 1: f32[2, 5], 2: f32[5, 4])
        %0 = reshape 0 : f32[2, 3, 4]
        %1 = dot 1, 2 {batch=[[], []], contract=[[1], [0]]} : f32[2, 4]
        %2 = broadcast %1 {dims=[0, 2]} : f32[2, 3, 4]
        %3 = add %0, %2 : f32[2, 3, 4]
        %4 = reshape %3 : f32[6, 4]
      return %4
      "
    `);
  });
});

test("StableHLO of a small program, with an input that gives its memory to an output", async () => {
  const graph = await traceGraph((x: Tensor, y: Tensor) => [x.mul(0.5).add(y), x.max()], [array(2, 3), array(3)]);
  expect(`\n${printStableHlo(graph, { aliases: [0] })}`).toMatchInlineSnapshot(`
    "
    module @program {
      func.func public @main(%arg0: tensor<2x3xf32> {tf.aliasing_output = 0 : i32}, %arg1: tensor<3xf32>) -> (tensor<2x3xf32>, tensor<f32>) {
        %0 = stablehlo.constant dense<5.000000000e-1> : tensor<2x3xf32>
        %1 = stablehlo.multiply %arg0, %0 : tensor<2x3xf32>
        %2 = stablehlo.broadcast_in_dim %arg1, dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
        %3 = stablehlo.add %1, %2 : tensor<2x3xf32>
        %4 = stablehlo.constant dense<0xFF800000> : tensor<f32>
        %5 = stablehlo.reduce(%arg0 init: %4) applies stablehlo.maximum across dimensions = [0, 1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<f32>
        return %3, %5 : tensor<2x3xf32>, tensor<f32>
      }
    }
    "
  `);
});
