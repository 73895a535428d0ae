import { describe, expect, test } from "vitest";
import { compile, compileStep } from "./compile.js";
import { valueAndGrad } from "./grad.js";
import { hostArray, treeMap } from "../util/index.js";
import type { Tensor } from "./tensor.js";

describe.each(["jax-js", "onnx", "xla"] as const)("compile on %s", (device) => {
  test("a function with values used more than once, or never", async () => {
    const f = await compile(({ x, y }: { x: Tensor; y: Tensor }) => ({ a: x.mul(x).add(y), b: x.mish() }), [{ x: hostArray([3], [1, 2, 3]), y: hostArray([], 1) }], { device });
    const { a, b } = await f({ x: hostArray([3], [1, 2, -3]), y: hostArray([], 0.5) });
    expect([...a.data]).toEqual([1.5, 4.5, 9.5]);
    expect(b.data[0]).toBeCloseTo(0.86509839, 6);
    f.dispose();
  });

  test("a step learns a line", async () => {
    const state = { w: hostArray([1, 1], [0]), b: hostArray([1], [0]) };
    const batch = { x: hostArray([4, 1], [0, 1, 2, 3]), y: hostArray([4, 1], [1, 3, 5, 7]) };
    const step = await compileStep(
      (params, { x, y }) => {
        const [loss, gradient] = valueAndGrad((p: typeof params) => x.matmul(p.w).add(p.b).sub(y).square().mean())(params);
        return { state: treeMap((p: Tensor, g: Tensor) => p.sub(g.mul(0.1)), params, gradient), metrics: { loss } };
      },
      { state, batch },
      { device },
    );
    const [first] = await step.run(batch);
    expect(first?.["loss"]).toBeCloseTo(21, 4);
    await step.run(Array.from({ length: 200 }, () => batch));
    const { w, b } = await step.readState();
    expect(w.data[0]).toBeCloseTo(2, 3);
    expect(b.data[0]).toBeCloseTo(1, 3);
    step.dispose();
  });
});
