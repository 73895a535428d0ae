import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The browser of the browser tests: the one that LLMDPD_CHROMIUM names, or one of the usual names. */
export function findChromium(): string | undefined {
  const named = process.env["LLMDPD_CHROMIUM"];
  if (named !== undefined) return named;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome.exe", "msedge.exe"];
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const apps = ["/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];
  return [...folders.flatMap((path) => names.map((name) => join(path, name))), ...apps].find((path) => existsSync(path));
}

/** Options under which a browser runs in a container and asks nobody for anything. */
export const chromiumArguments = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
