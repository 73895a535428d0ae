import { afterEach, describe, expect, test, vi } from "vitest";
import { compileStep, type Step } from "../compile.js";
import { hostArray, type HostArray } from "../../util/index.js";
import { PjrtApi, type FunctionName } from "../pjrt/api.js";
import type { Tensor } from "../tensor.js";

afterEach(() => void vi.restoreAllMocks());

const one = (value: number): HostArray => hostArray([2], [value, value]);
const compiled = async (): Promise<Step<HostArray, HostArray>> => compileStep((s: Tensor, b: Tensor) => ({ state: s.mul(2).add(b), metrics: { first: s.slice(0, [0, 1]).sum() } }), { state: one(1), batch: one(0) }, { device: "xla:cpu" });
const values = async (step: Step<HostArray, HostArray>): Promise<number[]> => [...(await step.readState()).data];

/** Lets the n-th call of a function of the plug-in fail, before or after the plug-in has done it. */
function breakCall(name: FunctionName, { at, when }: { at: number; when: "before" | "after" }): void {
  // The plain function is wanted: it is called with each client's own `this`.
  const call = Object.getOwnPropertyDescriptor(PjrtApi.prototype, "call")?.value as PjrtApi["call"];
  let calls = 0;
  vi.spyOn(PjrtApi.prototype, "call").mockImplementation(function broken(this: PjrtApi, called, args) {
    const hit = called === name && calls++ === at;
    if (hit && when === "before") throw new Error("the device is gone");
    const result = call.call(this, called, args);
    if (hit) throw new Error("the device is gone");
    return result as never;
  });
}

describe("an update that fails", () => {
  test("before it took the state: the state is as it was, and the next update goes on from it", async () => {
    const step = await compiled();
    await step.run(one(1));
    breakCall("LoadedExecutable_Execute", { at: 0, when: "before" });
    await expect(step.run(one(5))).rejects.toThrow("Cannot run the update on cpu: the device is gone. The state is as it was before.");
    expect(await values(step)).toEqual([3, 3]);
    await step.run(one(0));
    expect(await values(step)).toEqual([6, 6]);
    step.dispose();
  });

  test("while its batch is copied: the same", async () => {
    const step = await compiled();
    breakCall("Client_BufferFromHostBuffer", { at: 0, when: "before" });
    await expect(step.run(one(5))).rejects.toThrow("The state is as it was before.");
    expect(await values(step)).toEqual([1, 1]);
    step.dispose();
  });

  test("after it took the state: says that the state is lost, and takes a saved one", async () => {
    const step = await compiled();
    const saved = await step.readState();
    breakCall("LoadedExecutable_Execute", { at: 0, when: "after" });
    await expect(step.run(one(5))).rejects.toThrow("the device is gone. The state was being updated in place and is lost; a state that was read before can be written back with writeState.");
    vi.restoreAllMocks();
    await expect(step.readState()).rejects.toThrow("Cannot use the state on cpu: it was lost when an update failed (the device is gone).");
    await expect(step.run(one(5))).rejects.toThrow("Write a saved state with writeState to go on");
    await step.writeState(saved);
    await step.run(one(1));
    expect(await values(step)).toEqual([3, 3]);
    step.dispose();
  });

  test("while the device computes: it and those started behind it fail, and nothing passes for a state", async () => {
    const step = await compiled();
    const settle = Object.getOwnPropertyDescriptor(PjrtApi.prototype, "settle")?.value as PjrtApi["settle"];
    let waits = 0;
    vi.spyOn(PjrtApi.prototype, "settle").mockImplementation(function broken(this: PjrtApi, event) {
      settle.call(this, event);
      if (waits++ >= 1) throw new Error("the device fell off the bus");
    });
    const results = await Promise.allSettled([step.run(one(1)), step.run(one(1)), step.run(one(1))]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect((results[1] as PromiseRejectedResult).reason.message).toMatch("Cannot run the update on cpu: the device fell off the bus. The state was being updated in place and is lost");
    await expect(step.readState()).rejects.toThrow("it was lost when an update failed");
    vi.restoreAllMocks();
    await step.writeState(one(4));
    expect(await values(step)).toEqual([4, 4]);
    step.dispose();
  });
});

describe("updates started ahead", () => {
  test("copy their batch at once, and give the metrics of one after the other", async () => {
    const step = await compiled();
    const batch = one(0);
    const metrics = Array.from({ length: 3 * step.ahead }, (_, k) => {
      batch.data.fill(k);
      return step.run({ ...batch, data: batch.data.slice() });
    });
    const expected: number[] = [1];
    for (let k = 0; k < metrics.length; k++) expected.push(Math.fround(2 * (expected[k] as number) + k));
    expect((await Promise.all(metrics)).map(([m]) => m?.["first"])).toEqual(expected.slice(0, -1));
    expect(await values(step)).toEqual([expected.at(-1), expected.at(-1)]);
    step.dispose();
  });

  test("may overwrite one batch again and again, as far as the limit", async () => {
    const step = await compiled();
    const batch = one(0);
    const started = Array.from({ length: step.ahead }, (_, k) => {
      batch.data.fill(k);
      return step.run(batch);
    });
    await Promise.all(started);
    let expected = 1;
    for (let k = 0; k < step.ahead; k++) expected = 2 * expected + k;
    expect(await values(step)).toEqual([expected, expected]);
    step.dispose();
  });

  test("constants stay on the device and batches of every type travel", async () => {
    for (const device of ["xla:cpu", "onnx:cpu", "tfjs:js", "jax-js"] as const) {
      const table = hostArray([3, 2], [1, 2, 3, 4, 5, 6]);
      const batch = { on: hostArray([2], Uint8Array.of(1, 0)), row: hostArray([2], Int32Array.of(2, -1)), x: one(0.5) };
      const step = await compileStep(
        (s: Tensor, b: { on: Tensor; row: Tensor; x: Tensor }, c: { table: Tensor; scale: Tensor }) => ({ state: s.add(b.row.astype("float32").mul(c.scale)).add(b.x).add(b.on.astype("float32")).add(c.table.sum(0)), metrics: {} }),
        { state: one(0), batch, constants: { table, scale: hostArray([], 10) } },
        { device },
      );
      await step.run(batch);
      await step.run([batch, { ...batch, row: hostArray([2], Int32Array.of(0, 0)) }]);
      expect([...(await step.readState()).data]).toEqual([3 * 10.5 + 40, 3 * 12.5 - 20]);
      step.dispose();
    }
  });
});
