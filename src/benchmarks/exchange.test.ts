import { expect, it } from "vitest";
import { hostArray } from "../engine/index.js";
import { readSafetensors } from "../formats/index.js";
import { exportState, importState, writeArrays } from "./exchange.js";

const state = {
  actor: { net: { w: hostArray([2, 2], [1, 2, 3, 4]), b: hostArray([1], [5]) } },
  critic: { w: hostArray([2], [6, 7]) },
  optim: {
    actor: { mean: hostArray([5], [10, 20, 30, 40, 50]), square: hostArray([5], [1, 1, 1, 1, 2]) },
    critic: { mean: hostArray([2], [60, 70]), square: hostArray([2], [0, 0]) },
  },
  step: hostArray([], new Int32Array([3])),
};

it("gives each parameter its own moments, and back", () => {
  const arrays = exportState(state);
  expect(arrays.get("optim/actor/mean/net/w")).toEqual(hostArray([2, 2], [10, 20, 30, 40]));
  expect(arrays.get("optim/actor/square/net/b")).toEqual(hostArray([1], [2]));
  expect(arrays.get("optim/critic/mean/w")).toEqual(hostArray([2], [60, 70]));
  expect(arrays.has("optim/actor/mean")).toBe(false);
  expect(importState(arrays, { like: state })).toEqual(state);
});

it("survives the file, also where the order of tensors changes", () => {
  const { tensors } = readSafetensors(writeArrays(exportState(state)));
  const arrays = new Map([...tensors].map(([name, { shape, data }]) => [name, hostArray(shape, data as Float32Array)]));
  expect(importState(arrays, { like: state })).toEqual(state);
});
