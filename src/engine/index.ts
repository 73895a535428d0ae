// TypeScript function → trace (jax-js) → lower (views, products) → Graph → stablehlo text → backends (XLA by PJRT, or jax-js itself).
export { hostArray, isHostArray, treeAlign, treeEntries, treeFromEntries, treeLeaves, treeMap, treePaths, treeUnflatten, type DType, type HostArray, type Tree } from "../util/index.js";
export { full, split, Tensor, where, type Axes, type Operand } from "./tensor.js";
export { concat, constant, oneHot, repeat, stack, take } from "./ops.js";
export { grad, valueAndGrad } from "./grad.js";
export { compile, compileStep, type Compiled, type CompileOptions, type Step } from "./compile.js";
export { deviceNames, devices, pickDevice, type Detection, type Device, type DeviceId, type DeviceRow, type PickedDevice } from "./device.js";
export { traceGraph, traceJaxpr } from "./trace-graph.js";
export type { Graph } from "./graph.js";
export { printGraph } from "./print-graph.js";
export { printStableHlo } from "./stablehlo/index.js";
export { printOnnx, type OnnxModel, type OnnxOptions } from "./onnx/index.js";
export type { Hosted, Traced } from "./program.js";
export { coverage, type CoverageRow } from "./checks/coverage.js";
export { fuzz, type FuzzFailure, type FuzzProgram, type FuzzReport } from "./checks/fuzz.js";
