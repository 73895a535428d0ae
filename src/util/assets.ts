import { existsSync } from "node:fs";
import { UserError } from "./errors.js";
import { dataPath } from "./paths.js";

/** What set-up fetches ("xla-cuda": `llmdpd setup cuda`); a text model is named "model:<encoder id>". */
export type Asset = "mujoco" | "metaworld" | "gymnasium" | "xla-cpu" | "xla-cuda" | `model:${string}`;

const folders: Record<string, string> = { mujoco: "mujoco-3.14.0", metaworld: "metaworld-3.1.1", gymnasium: "gymnasium-1.4.0", "xla-cpu": "xla-cpu" };
const overrides: Record<string, string> = { mujoco: "LLMDPD_MUJOCO", "xla-cpu": "LLMDPD_XLA_PLUGIN" };

/** Where set-up puts an asset, whether it is there or not. */
export function assetFolder(asset: Asset): string {
  return asset.startsWith("model:") ? dataPath("cache", "models", asset.slice(6)) : dataPath("cache", folders[asset] ?? asset);
}

/**
 * The folder of an asset that set-up fetched, or the path that the user gave in `LLMDPD_MUJOCO` or `LLMDPD_XLA_PLUGIN`.
 *
 * @throws UserError if it is not there, with the command that fetches it
 */
export function assetPath(asset: Asset): string {
  const named = process.env[overrides[asset] ?? ""];
  const path = named ?? assetFolder(asset);
  if (!existsSync(path)) throw new UserError(`Cannot find ${asset} at "${path}". Run \`npm run setup\` to fetch it.`);
  return path;
}
