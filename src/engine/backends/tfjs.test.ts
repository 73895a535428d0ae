import { expect, test } from "vitest";
import { compile, compileStep } from "../compile.js";
import { valueAndGrad } from "../grad.js";
import type { Tensor } from "../tensor.js";
import { normal } from "../testing.js";
import { loadTfjs } from "../tfjs/package.js";

test("every tensor is given back: by calls, updates and dispose", async () => {
  const tf = await loadTfjs("js");
  const before = tf.memory().numTensors;
  const [state, batch] = [normal([4, 3], 1), normal([5, 4], 2)];
  const step = await compileStep(
    (w: Tensor, x: Tensor) => {
      const [loss, gradient] = valueAndGrad((p: Tensor) => x.matmul(p).softmax().square().sum())(w);
      return { state: w.sub(gradient), metrics: { loss } };
    },
    { state, batch },
    { device: "tfjs:js" },
  );
  const withState = tf.memory().numTensors;
  await step.run([batch, batch, batch]);
  await step.readState();
  await step.writeState(state);
  expect(tf.memory().numTensors).toBe(withState);
  step.dispose();
  await expect(step.run(batch)).rejects.toThrow("after dispose");
  const f = await compile((x: Tensor, y: Tensor) => ({ x, same: x, sum: x.add(y) }), [batch, batch], { device: "tfjs:js" });
  await f(batch, batch);
  f.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
