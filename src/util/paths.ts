import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this package: the parent of `src` or `dist`. */
export function projectRoot(): string {
  return join(dirname(fileURLToPath(import.meta.url)), "..", "..");
}

/** Folders below `data/`; `raw`, `cache` and `runs` are git-ignored. */
export type DataFolder = "raw" | "cache" | "runs" | "results" | "prompts" | "policies";

/**
 * A path below `data/`. `LLMDPD_DATA` moves the git-ignored folders elsewhere (a larger disk, a test's own folder).
 *
 * @example dataPath("runs", "quick", "full-seed0")
 */
export function dataPath(folder: DataFolder, ...parts: readonly string[]): string {
  const committed = folder === "results" || folder === "prompts" || folder === "policies";
  const base = committed ? join(projectRoot(), "data") : (process.env["LLMDPD_DATA"] ?? join(projectRoot(), "data"));
  return join(base, folder, ...parts);
}
