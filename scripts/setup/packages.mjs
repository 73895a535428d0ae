// The npm packages and the build of the library.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SetupError, root, run } from "./tools.mjs";

const modules = join(root, "node_modules");
const dist = join(root, "dist");

/** Whether node_modules lacks a package of the lock file; npm keeps its own list of what it has finished to install. */
export function packagesMissing() {
  const wanted = readJson(join(root, "package-lock.json"))?.packages;
  if (wanted === undefined) {
    throw new SetupError("Cannot read package-lock.json.", { advice: "Restore it from the repository." });
  }
  const there = readJson(join(modules, ".package-lock.json"))?.packages;
  if (there === undefined) return true;
  return Object.entries(wanted).some(([path, entry]) => {
    if (path === "" || entry.link || entry.optional || entry.devOptional || entry.peer) return false;
    return there[path]?.version !== entry.version || !existsSync(join(root, path, "package.json"));
  });
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** `npm ci` without install scripts: none is needed, and one of them would fetch CUDA libraries. */
export async function installPackages({ say }) {
  say("(about 820 MB)");
  const { command, args, shell } = npm();
  const options = ["ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error", "--fetch-retries=2", "--fetch-retry-mintimeout=2000"];
  if (shell) {
    // Windows outside npm: npm is a batch file, which only a shell can start.
    execFileSync("npm.cmd", options, { cwd: root, stdio: "inherit", shell: true });
    return;
  }
  await run(command, [...args, ...options], { action: "install the npm packages", env: { ONNXRUNTIME_NODE_INSTALL: "skip" } });
}

/** The npm that runs this script, else the one beside this Node, else the one on the path. */
function npm() {
  const outer = process.env["npm_execpath"];
  if (outer !== undefined && /npm-cli\.c?js$/.test(outer) && existsSync(outer)) return { command: process.execPath, args: [outer] };
  const folder = dirname(process.execPath);
  for (const beside of [join(folder, "node_modules", "npm"), join(folder, "..", "lib", "node_modules", "npm")]) {
    const cli = join(beside, "bin", "npm-cli.js");
    if (existsSync(cli)) return { command: process.execPath, args: [cli] };
  }
  return { command: "npm", args: [], shell: process.platform === "win32" };
}

/** Whether a source file is newer than the last build. */
export function buildMissing() {
  if (!existsSync(join(dist, "cli", "main.js")) || !existsSync(join(dist, "index.js"))) return true;
  const built = Math.max(modified(join(dist, ".built")), modified(join(dist, ".tsbuildinfo")));
  return [join(root, "src"), join(root, "tsconfig.json"), join(root, "tsconfig.build.json")].some((path) => newest(path) > built);
}

function modified(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

function newest(path) {
  const info = statSync(path);
  if (!info.isDirectory()) return path.endsWith(".test.ts") ? 0 : info.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** Compiles src/ to dist/. */
export async function buildLibrary() {
  const started = new Date();
  // Without its outputs the incremental record would make the compiler believe that there is nothing to do.
  if (!existsSync(join(dist, "cli", "main.js"))) rmSync(dist, { recursive: true, force: true });
  const compiler = join(modules, "typescript", "bin", "tsc");
  // The library, and the viewer's page, whose modules run in a browser.
  for (const project of ["tsconfig.build.json", join("src", "viewer", "page")]) await run(process.execPath, [compiler, "-p", project], { action: "build the library" });
  writeFileSync(join(dist, ".built"), started.toISOString());
}
