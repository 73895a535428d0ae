export { soak, type SoakReport, type SoakRow } from "./soak.js";
export { benchFolder, benchPins, setupBench, simulatorPins } from "./environment.js";
export { machine } from "./cores.js";
export { benchStep, type StepBenchOptions, type StepResult } from "./step-bench.js";
export { benchEnvs, envSides, type EnvBench, type EnvBenchOptions, type EnvRow, type EnvSide } from "./env-bench.js";
export { soakEnvs, type EnvSoakOptions, type EnvSoakReport, type EnvSoakRow } from "./env-soak.js";
export { envTable } from "./env-report.js";
export type { StepShape } from "./step-case.js";
export { commit, stepTable } from "./step-report.js";
