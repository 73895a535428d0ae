import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { packReplay, type PackOptions } from "./pack.js";
import { pageCode } from "./page-code.js";
import { pageHtml } from "./page-html.js";
import type { Replay } from "./replay.js";
import { style } from "./style.js";

const compress = promisify(gzip);

/**
 * One HTML page that replays an episode in 3D, in any browser and without a network: scene, poses, curves and three.js
 * are all in it, about 1 MB.
 *
 * @throws UserError if the arrays of the replay do not fit each other
 * @example await writeFile("door-open.html", await replayPage(await recordMetaworld("door-open")));
 */
export async function replayPage(replay: Replay, options: PackOptions = {}): Promise<string> {
  const { header, body } = await packReplay(replay, options);
  const head = new TextEncoder().encode(JSON.stringify(header));
  const bytes = Buffer.alloc(4 + head.length + body.length);
  bytes.writeUInt32LE(head.length, 0);
  bytes.set(head, 4);
  bytes.set(body, 4 + head.length);
  const episode = await compress(bytes, { level: 9 });
  return pageHtml({ title: replay.title, style, code: await pageCode(), episode: episode.toString("base64") });
}
