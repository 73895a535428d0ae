// Python: which one to use, and the environment .venv with JupyterLab, its plotly renderer and the project's kernel.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { SetupError, root, run } from "./tools.mjs";

const supported = ["3.13", "3.12", "3.11"];
const venv = join(root, ".venv");
const stamp = join(venv, "llmdpd.json");

/** The Python of the environment. */
export const venvPython = process.platform === "win32" ? join(venv, "Scripts", "python.exe") : join(venv, "bin", "python");

/** Whether the environment is missing, half-finished or of other requirements. */
export function pythonMissing() {
  const state = readStamp();
  return state?.finished !== requirementsHash() || !existsSync(venvPython) || !existsSync(kernelFile());
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stamp, "utf8"));
  } catch {
    return undefined;
  }
}

function requirementsHash() {
  return createHash("sha256").update(readFileSync(join(root, "requirements.txt"))).digest("hex");
}

/** The first Python 3.11-3.13 of this machine that can make environments: `{ command, args }`. */
export async function findPython() {
  if (existsSync(venvPython) && readStamp()?.finished !== undefined) return { command: venvPython, args: [] };
  const seen = [];
  for (const candidate of candidates()) {
    const found = await probe(candidate);
    if (found === undefined) continue;
    if (supported.includes(found.version) && found.complete) return candidate;
    seen.push(`${[candidate.command, ...candidate.args].join(" ")} is ${found.version}${found.complete ? "" : " without venv and pip"}`);
  }
  const bare = seen.some((text) => text.includes("without"));
  throw new SetupError(`Python ${supported.at(-1)} to ${supported[0]} is needed; ${seen.length === 0 ? "no Python was found" : seen.join(", ")}.`, {
    advice: `Install it${bare ? " with its venv module (on Debian and Ubuntu: the package python3-venv)" : ""}, or name one in LLMDPD_PYTHON; then run \`npm run setup\` again.`,
  });
}

function candidates() {
  const named = process.env["LLMDPD_PYTHON"];
  if (named !== undefined && named !== "") return [{ command: named, args: [] }];
  const names = [...supported.map((version) => `python${version}`), "python3", "python"].map((command) => ({ command, args: [] }));
  const launcher = supported.map((version) => ({ command: "py", args: [`-${version}`] }));
  return process.platform === "win32" ? [...launcher, ...names] : names;
}

async function probe({ command, args }) {
  const code = "import sys\ntry:\n import venv, ensurepip\n ok = 1\nexcept ImportError:\n ok = 0\nprint('%d.%d %d' % (sys.version_info[0], sys.version_info[1], ok))";
  try {
    const { stdout } = await promisify(execFile)(command, [...args, "-c", code], { timeout: 20_000, windowsHide: true });
    const [version = "", complete = "0"] = stdout.trim().split(" ");
    return { version, complete: complete === "1" };
  } catch {
    return undefined;
  }
}

/** Makes `.venv` if it is missing or was left half-finished; the environment of another hand is used as it is. */
export async function makeEnvironment({ command, args }) {
  const state = readStamp();
  if (existsSync(venvPython) && state?.finished !== undefined) return;
  if (existsSync(venv) && (state !== undefined || !existsSync(venvPython))) rmSync(venv, { recursive: true, force: true });
  if (!existsSync(venvPython)) await run(command, [...args, "-m", "venv", venv], { action: "make the Python environment .venv" });
  writeFileSync(stamp, JSON.stringify({ started: true }));
}

/** Installs requirements.txt into `.venv`, and the kernel. */
export async function installPython({ say }) {
  say("(about 312 MB)");
  const options = ["--no-compile", "--disable-pip-version-check", "--no-input", "--no-warn-script-location", "--progress-bar=off"];
  await run(venvPython, ["-m", "pip", "install", ...options, "-r", "requirements.txt"], { action: "install the Python packages" });
  installKernel();
  writeFileSync(stamp, JSON.stringify({ finished: requirementsHash() }));
}

function kernelFile() {
  return join(venv, "share", "jupyter", "kernels", "tslab", "kernel.json");
}

/** The kernel of the notebooks, and JupyterLab without its question about news. */
function installKernel() {
  const kernel = {
    argv: ["node", "{resource_dir}/../../../../../scripts/kernel.cjs", "{connection_file}"],
    display_name: "TypeScript (llmdpd)",
    language: "typescript",
    metadata: { debugger: false },
  };
  const overrides = { "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false } };
  mkdirSync(join(kernelFile(), ".."), { recursive: true });
  writeFileSync(kernelFile(), JSON.stringify(kernel, null, 1));
  // JupyterLab asks Node for its version with a CommonJS file, which this project's package.json would make a module.
  writeFileSync(join(venv, "package.json"), JSON.stringify({ type: "commonjs" }));
  const settings = join(venv, "share", "jupyter", "lab", "settings");
  mkdirSync(settings, { recursive: true });
  writeFileSync(join(settings, "overrides.json"), JSON.stringify(overrides, null, 1));
}
