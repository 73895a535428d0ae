import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { UserError, messageOf, projectRoot, writeFileAtomic } from "../util/index.js";

const run = promisify(execFile);

/** What the benchmarks compare with, pinned. */
export const benchPins = { torch: "2.13.0", jax: "0.10.2", jaxlib: "0.10.2", numpy: "2.4.6" } as const;

/**
 * Meta-World and what it imports. They are installed without their own requirements: metaworld asks for mujoco 3.3.0,
 * whose contacts differ from those of the version that everything here is compared with.
 */
export const simulatorPins = {
  metaworld: "3.1.1", mujoco: "3.14.0", gymnasium: "1.4.0", scipy: "1.17.1",
  imageio: "2.38.1", pillow: "13.0.0", glfw: "2.11.0", packaging: "26.3", cloudpickle: "3.1.2", "farama-notifications": "0.0.6",
} as const;

/** What the stamp of a finished environment holds. */
const pins = JSON.stringify({ ...benchPins, ...simulatorPins });

/** Sizes measured on linux-x64 with Python 3.11; the CUDA build is what the public registry serves on Linux by default. */
const sizes = {
  cpu: "PyTorch's CPU build, JAX and Meta-World: about 420 MB to download, 1.7 GB of disk",
  other: "PyTorch's default build, JAX and Meta-World: on macOS and Windows about 0.3 GB to download; on Linux it brings CUDA, about 3 GB to download and 7 GB of disk",
};

/** The environment of the benchmarks' own: nothing else uses it, deleting it is safe. */
export function benchFolder(): string {
  return join(projectRoot(), ".venv-bench");
}

function pythonOf(folder: string): string {
  return process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
}

/**
 * The Python of the benchmarks.
 *
 * @throws UserError if `bench setup` has not been run or its pins have changed since
 */
export async function benchPython(): Promise<string> {
  const python = pythonOf(benchFolder());
  if (!existsSync(python) || !(await isStamped())) {
    throw new UserError("Cannot compare with the Python packages: their environment is not set up, or older than this version. Run `npx --no llmdpd bench setup` first; it says how large it is.");
  }
  return python;
}

/**
 * Creates `.venv-bench` with PyTorch, JAX and Meta-World. Does nothing if it is there already.
 *
 * PyTorch's CPU build is taken where pip's configured sources offer it (`PIP_EXTRA_INDEX_URL`, `PIP_FIND_LINKS`), else
 * the default one; which of them, and how large, is said before anything is downloaded.
 *
 * @param options.say receives a line of text for the user
 * @throws UserError without Python 3.11–3.13 or when pip fails
 */
export async function setupBench({ say }: { say: (line: string) => void }): Promise<void> {
  const folder = benchFolder();
  if (existsSync(pythonOf(folder)) && (await isStamped())) return say(`PyTorch ${benchPins.torch}, JAX ${benchPins.jax} and Meta-World ${simulatorPins.metaworld} are set up in .venv-bench already.`);
  const python = await findPython();
  say("Creating .venv-bench, the environment of the benchmarks.");
  await run(python, ["-m", "venv", folder]).catch((error: unknown) => {
    throw new UserError(`Cannot create "${folder}": ${messageOf(error)}. On Debian and Ubuntu the package python3-venv is needed.`);
  });
  const cpu = await run(pythonOf(folder), [...pip, "--dry-run", "--no-deps", "--quiet", `torch==${benchPins.torch}+cpu`]).then(
    () => true,
    () => false,
  );
  say(`Installing ${cpu ? sizes.cpu : sizes.other}.`);
  const { torch, ...others } = benchPins;
  const packages = [`torch==${torch}${cpu ? "+cpu" : ""}`, ...Object.entries(others).map(([name, version]) => `${name}==${version}`)];
  await install(pythonOf(folder), packages);
  await install(pythonOf(folder), ["--no-deps", ...Object.entries(simulatorPins).map(([name, version]) => `${name}==${version}`)]);
  await writeFileAtomic(stampPath(), pins);
  say("The benchmarks are ready: `npx --no llmdpd bench step`, `bench env`.");
}

const pip = ["-m", "pip", "--disable-pip-version-check", "install"];

function install(python: string, packages: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, [...pip, "--progress-bar", "off", ...packages], { stdio: ["ignore", "ignore", "pipe"] });
    let problems = "";
    child.stderr.on("data", (chunk: Buffer) => (problems = (problems + chunk.toString()).slice(-4000)));
    child.on("error", reject);
    child.on("close", (code) => {
      const lines = problems.split("\n").filter((line) => line.startsWith("ERROR"));
      if (code === 0) resolve();
      else reject(new UserError(`Cannot install ${packages.join(", ")} into .venv-bench: ${lines.join(" ") || problems.trim() || `pip ended with ${code}`}. Check the network and the free disk, then run it again.`));
    });
  });
}

async function findPython(): Promise<string> {
  const check = "import sys; raise SystemExit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else 1)";
  for (const name of ["python3", "python", "python3.13", "python3.12", "python3.11"]) {
    const found = await run(name, ["-c", check]).then(
      () => true,
      () => false,
    );
    if (found) return name;
  }
  throw new UserError("Cannot set up the benchmarks: Python 3.11, 3.12 or 3.13 is required on the path, found none.");
}

function stampPath(): string {
  return join(benchFolder(), "llmdpd-bench.json");
}

async function isStamped(): Promise<boolean> {
  return readFile(stampPath(), "utf8").then(
    (text) => text === pins,
    () => false,
  );
}
