export { show } from "./show.js";
export { table, type ColumnTable, type Rows, type TableOptions } from "./table.js";
export { recordRobot, type RobotEpisodeOptions } from "./robot-episode.js";
export { watch, type WatchOptions, type WatchRobotOptions } from "./watch.js";
export { progress } from "./progress.js";
export { fast } from "./fast.js";
