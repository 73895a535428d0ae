export { returnOf, type Episode, type Trajectory } from "./trajectory.js";
export { transitionsOf, type Transitions } from "./transitions.js";
export { datasetFolder, readDataset, summarize, type Dataset, type TaskSummary } from "./dataset.js";
export { readMinari, writeMinari, type BoxSpace, type MinariDataset, type MinariEpisode } from "./minari.js";
export { type DatasetStamp } from "./stamp.js";
export { defaultNoise, generateMetaworld, type GenerateOptions } from "./metaworld/generate.js";
export { collectEpisode, type CollectOptions } from "./metaworld/collect.js";
export { resolveTasks } from "./metaworld/task-sets.js";
