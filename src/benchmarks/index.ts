export { soak, type SoakReport, type SoakRow } from "./soak.js";
export { benchFolder, benchPins, setupBench } from "./environment.js";
export { machine } from "./cores.js";
export { benchStep, type StepBenchOptions, type StepResult } from "./step-bench.js";
export type { StepShape } from "./step-case.js";
export { commit, stepTable } from "./step-report.js";
