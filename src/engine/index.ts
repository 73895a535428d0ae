export { hostArray, isHostArray, type DType, type HostArray } from "./host-array.js";
export { treeAlign, treeEntries, treeFromEntries, treeLeaves, treeMap, treePaths, treeUnflatten, type Tree } from "./tree.js";
export { full, split, Tensor, where, type Axes, type Operand } from "./tensor.js";
export { addAll, concat, constant, oneHot, ones, repeat, stack, stopGradient, take, zeros } from "./ops.js";
export { grad, valueAndGrad } from "./grad.js";
export { compile, compileStep, type Compiled, type CompileOptions, type Step } from "./compile.js";
export { pickDevice, type Device, type PickedDevice } from "./device.js";
export type { Hosted, Traced } from "./program.js";
