import { expect, test } from "vitest";
import { compile, grad, hostArray, traceGraph, type HostArray, type Tensor } from "./index.js";

const xs = Float32Array.from({ length: 241 }, (_, i) => -60 + i / 2);

/** In double precision: softplus without overflow, and tanh of small arguments without cancellation. */
function exact(x: number): { value: number; slope: number } {
  const softplus = Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  const t = Math.tanh(softplus);
  return { value: x * t, slope: t + (x * (1 - t * t)) / (1 + Math.exp(-x)) };
}

test.each(["xla", "jax-js"] as const)("mish and its derivative are right to six digits far into both tails (%s)", async (device) => {
  const run = await compile((x: Tensor) => ({ value: x.mish(), slope: grad((of: Tensor) => of.mish().sum())(x) }), [hostArray([xs.length], xs)], { device });
  const actual = await run(hostArray([xs.length], xs));
  run.dispose();
  xs.forEach((x, i) => {
    const wanted = exact(x);
    // Below −20 both are under 1e-7, held at the exponential of −20.
    expect(Math.abs((actual.value.data[i] as number) - wanted.value)).toBeLessThan(x < -20 ? 1e-7 : 2e-6 * Math.abs(wanted.value) + 1e-12);
    expect(Math.abs((actual.slope.data[i] as number) - wanted.slope)).toBeLessThan(x < -20 ? 1e-7 : 2e-6);
  });
});

test("the gradient of a weight that is used several times is one sum of products, none of which is transposed afterwards", async () => {
  const array = (...shape: number[]): HostArray => hostArray(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)));
  const graph = await traceGraph((w: Tensor, x: Tensor) => grad((p: Tensor) => x.matmul(p).mish().matmul(p).square().sum())(w), [array(8, 8), array(16, 8)]);
  expect(graph.nodes.filter(({ op }) => op === "transpose")).toEqual([]);
});
