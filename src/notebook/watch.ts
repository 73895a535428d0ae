import { robotNames, type RobotName } from "../envs/index.js";
import { recordMetaworld, replayPage, type MetaworldReplayOptions, type Replay } from "../viewer/index.js";
import { escapeHtml } from "./html.js";
import { cellOutput, type MimeBundle } from "./kernel.js";
import { recordRobot, type RobotEpisodeOptions } from "./robot-episode.js";

interface Frame {
  /** Height below the cell in pixels. Default 560. */
  readonly height?: number;
}

export interface WatchOptions extends MetaworldReplayOptions, Frame {}
export interface WatchRobotOptions extends RobotEpisodeOptions, Frame {}

/** Textures of a page that is stored in a notebook: half the side of those of a file. */
const textureSize = 256;

/**
 * Plays an episode of a Meta-World task, or of a robot of the locomotion suite, and shows it below the cell, in 3D, with
 * its reward beside it; a recorded episode (`Replay`) is shown as it is. About 0.8 MB are stored with the cell. Await it.
 *
 * @throws UserError outside a notebook, for an unknown task or policy, or a goal that the seed does not have
 * @example await watch("door-open", { policy: "expert", seed: 0, goal: 3 });
 * @example await watch("hopper", { policy: "medium" });
 */
export async function watch(episode: RobotName, options?: WatchRobotOptions): Promise<void>;
export async function watch(episode: string | Replay, options?: WatchOptions): Promise<void>;
export async function watch(episode: string | Replay, { height = 560, ...options }: WatchOptions | WatchRobotOptions = {}): Promise<void> {
  const write = cellOutput();
  const replay = typeof episode === "string" ? await record(episode, options) : episode;
  write(replayBundle(replay, { page: await replayPage(replay, { textureSize, autoplay: false }), height }));
}

async function record(name: string, options: MetaworldReplayOptions | RobotEpisodeOptions): Promise<Replay> {
  const robot = robotNames.find((one) => one === name);
  return robot === undefined ? await recordMetaworld(name, options as MetaworldReplayOptions) : await recordRobot(robot, options);
}

/** An episode's page in a frame, and in words. */
export function replayBundle({ title, labels }: Replay, { page, height }: { page: string; height: number }): MimeBundle {
  const words = labels.map(({ name, value }) => `${name} ${value}`).join(", ");
  return {
    // Viewers that take the frame out, as for a notebook that is not trusted, leave the words.
    "text/html": `<iframe title="${escapeHtml(title)}" srcdoc="${escapeHtml(page)}" style="width:100%;height:${height}px;border:1px solid #8884;border-radius:8px" allow="fullscreen"></iframe><p>${escapeHtml(`${title}: ${words}.`)}</p>`,
    "text/plain": `[episode of ${title}: ${words}]`,
  };
}
