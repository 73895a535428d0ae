export { loadVisualModel, type MeshData, type PartShape, type TextureData, type VisualCamera, type VisualModel, type VisualPart } from "./mujoco/index.js";
export { bareStep, chooseBackend, loadSimulation, type Contact, type LoadSimulationOptions, type Simulation, type SimulationArrays, type SimulationBackend, type SimulationNameKind } from "./mujoco/index.js";
export {
  actionDim,
  createMetaworldEnv,
  expertAction,
  maxSteps,
  observationDim,
  type EnvState,
  type MetaworldEnv,
  type MetaworldOptions,
  type StepResult,
} from "./metaworld/env.js";
export { drawGoals } from "./metaworld/goals.js";
export { benchmarkNames, metaworldBenchmark, type Benchmark, type BenchmarkName, type TaskGoals } from "./metaworld/benchmarks.js";
export { metaworldTasks, ml45Test, ml45Train, taskNames } from "./metaworld/registry.js";
export type { Box, Task } from "./metaworld/task-spec.js";
export { readGolden, type Golden } from "./metaworld/golden.js";
export { checkParity, parityTolerance, type ParityExceptions, type ParityQuantity, type ParityRow } from "./metaworld/parity.js";
export { checkParityFolder, type ParityFile, type ParityFolder } from "./metaworld/parity-folder.js";
export { createLocomotionEnv, locomotionMaxSteps, type LocomotionEnv, type LocomotionOptions, type LocomotionState, type LocomotionStep } from "./locomotion/env.js";
export { findRobot, locomotionRobots, robotNames, type LocomotionVersion, type Robot, type RobotName } from "./locomotion/robots.js";
export { readLocomotionGolden, type LocomotionGolden } from "./locomotion/golden.js";
export { checkLocomotionParity, locomotionTolerance, type LocomotionParityRow } from "./locomotion/parity.js";
export { checkLocomotionParityFolder, type LocomotionParityFile, type LocomotionParityFolder } from "./locomotion/parity-folder.js";
