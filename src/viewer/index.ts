export { recordPoses, type Camera, type Curve, type Marker, type PoseRecorder, type Replay } from "./replay.js";
export { recordMetaworld, type Act, type MetaworldReplayOptions, type Policy } from "./metaworld.js";
export { recordLocomotion, type LocomotionReplayOptions, type RobotPolicy } from "./locomotion.js";
export { replayPage } from "./page-file.js";
export type { PackOptions } from "./pack.js";
