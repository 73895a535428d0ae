import { expect, test } from "vitest";
import { updateParts } from "../algorithms/index.js";
import { hostArray, traceGraph, type Tensor, type Tree } from "../engine/index.js";
import { Rng } from "../util/index.js";
import { ownSide, stepCase } from "./step-case.js";
import { productGflop, productSpeed } from "./products.js";
import { profileOf } from "./step-profile.js";
import { profileTable } from "./step-report.js";

test("every part of the update does more than the one before it, and the last is the update", async () => {
  const shape = stepCase({ batch: 16, hidden: 16, trajectory: false, threads: 1 });
  const { method } = ownSide(shape, { buffers: 1 });
  const size = async (fn: unknown): Promise<number> => {
    const { nodes } = await traceGraph(fn as (...args: Tensor[]) => Tree<Tensor>, [method.initState(new Rng(0)), method.exampleBatch()] as never);
    return nodes.length;
  };
  const parts = updateParts(shape.config).filter(({ part }) => part !== "prompts of the policy, gradient");
  const sizes = await Promise.all(parts.map(async ({ upTo }) => size(upTo)));
  expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
  expect(new Set(sizes).size).toBe(parts.length);
  expect(sizes.at(-1)).toBe(await size(method.update));
});

test("a part costs what its program takes more than the one before; the parts add up to the whole", () => {
  const profile = profileOf(["calls", "chain", "update"], { device: "xla:cpu", upTo: [1, 5, 8], sampling: 2 });
  expect(profile.rows.map(({ part, ms, share }) => [part, ms, share])).toEqual([["batch on the host", 2, 0.2], ["calls", 1, 0.1], ["chain", 4, 0.4], ["update", 3, 0.3]]);
  expect(profile.totalMs).toBe(10);
  expect(profileTable({ ...profile, products: { gflop: 0.5, gflopPerSecond: 100, ms: 5 } })).toContain("0.50 billion operations, 5.0 ms at the 100 billion a second");
});

test("products are counted as multiplications and additions, and have a speed", async () => {
  const graph = await traceGraph((x: Tensor, w: Tensor) => x.matmul(w).tanh().matmul(w), [hostArray([5, 4], new Float32Array(20)), hostArray([4, 4], new Float32Array(16))]);
  expect(productGflop(graph)).toBeCloseTo((2 * 2 * 5 * 4 * 4) / 1e9, 15);
  expect(await productSpeed({ batch: 16, hidden: 16 }, { device: "auto", rounds: 1 })).toBeGreaterThan(0);
});
