import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { UserError, messageOf, projectRoot, sha256File } from "../util/index.js";
import { cudaReleases, type CudaRelease, type CudaWheel } from "./cuda-wheels.js";

const run = promisify(execFile);

export interface SetupCudaOptions {
  readonly cuda: "12" | "13";
  /** Where it is installed; the wheels lie beside it while they come. */
  readonly folder: string;
  /** Only the plug-in: the libraries are on the machine already. */
  readonly pluginOnly: boolean;
  readonly dryRun: boolean;
  /** Receives lines of text for the user. */
  readonly say: (line: string) => void;
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** What is installed, in words, before anything is done. */
export function cudaPlan({ cuda, folder, pluginOnly }: Pick<SetupCudaOptions, "cuda" | "folder" | "pluginOnly">): { lines: string[]; wheels: readonly CudaWheel[]; release: CudaRelease } {
  const release = cudaReleases[cuda];
  const wheels = pluginOnly ? release.wheels.slice(0, 1) : release.wheels;
  const total = wheels.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    wheels,
    release,
    lines: [
      `XLA for NVIDIA, CUDA ${cuda}: ${wheels.length} wheel${wheels.length === 1 ? "" : "s"}, ${gigabytes(total)} to download, about ${gigabytes(pluginOnly ? 0.4e9 : release.unpacked)} of disk in "${folder}".`,
      `It needs Linux x64 and an NVIDIA driver of version ${release.driver} or newer (\`nvidia-smi\` shows yours).`,
      ...wheels.map(({ name, version, bytes }) => `  ${`${name} ${version}`.padEnd(36)} ${(bytes / 1e6).toFixed(0).padStart(5)} MB`),
    ],
  };
}

/**
 * Installs JAX's CUDA plug-in and its libraries into a folder of their own. Wheels that are there already are not
 * fetched again, each is checked, and the folder appears when it is whole.
 *
 * @throws UserError on another system, with too little disk, or when a wheel cannot be fetched or is another one
 */
export async function setupCuda({ cuda, folder, pluginOnly, dryRun, say }: SetupCudaOptions): Promise<void> {
  const { lines, wheels, release } = cudaPlan({ cuda, folder, pluginOnly });
  lines.forEach((line) => say(line));
  if (dryRun) return;
  if (process.platform !== "linux" || process.arch !== "x64") throw new UserError(`Cannot install CUDA here: required linux-x64, got ${process.platform}-${process.arch}.`);
  const stamp = JSON.stringify({ cuda, wheels: wheels.map(({ name, sha256 }) => [name, sha256]) });
  const done = await readFile(join(folder, "llmdpd.json"), "utf8").catch(() => "");
  if (done === stamp) return say("It is installed already.");
  const shelf = `${folder}-wheels`;
  await mkdir(shelf, { recursive: true });
  const needed = (pluginOnly ? 0.4e9 : release.unpacked) + wheels.reduce((sum, { bytes }) => sum + bytes, 0);
  const { bavail, bsize } = await statfs(shelf);
  if (bavail * bsize < needed) throw new UserError(`Cannot install CUDA into "${folder}": required ${gigabytes(needed)} of free disk, got ${gigabytes(bavail * bsize)}. LLMDPD_DATA moves the data folder to another disk.`);
  const python = await findPython();
  for (const [i, wheel] of wheels.entries()) {
    say(`[${i + 1}/${wheels.length}] ${wheel.name} ${wheel.version} (${(wheel.bytes / 1e6).toFixed(0)} MB)`);
    await fetchWheel(wheel, { shelf, python });
  }
  say("Unpacking …");
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  const files = (await readdir(shelf)).filter((name) => name.endsWith(".whl")).map((name) => join(shelf, name));
  await pip(python, ["install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--target", part, ...files]);
  await writeFile(join(part, "llmdpd.json"), stamp);
  await rm(folder, { recursive: true, force: true });
  await rename(part, folder);
  await rm(shelf, { recursive: true, force: true });
  say("Installed. `npx --no llmdpd doctor` shows whether the device works.");
}

/** Fetches one wheel into the shelf unless it lies there, and checks it. */
async function fetchWheel({ name, version, sha256 }: CudaWheel, { shelf, python }: { shelf: string; python: string }): Promise<void> {
  const start = `${name.replaceAll("-", "_")}-${version}-`;
  const find = async (): Promise<string | undefined> => (await readdir(shelf)).find((file) => file.startsWith(start) && file.endsWith(".whl"));
  const before = await find();
  if (before !== undefined && (await sha256File(join(shelf, before))) === sha256) return;
  const platforms = ["manylinux_2_27_x86_64", "manylinux_2_25_x86_64", "manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"].flatMap((tag) => ["--platform", tag]);
  await pip(python, ["download", "--quiet", "--no-deps", "--only-binary=:all:", ...platforms, "--retries=5", "-d", shelf, `${name}==${version}`]);
  const file = await find();
  const actual = file === undefined ? "no wheel" : await sha256File(join(shelf, file));
  if (actual === sha256) return;
  if (file !== undefined) await rm(join(shelf, file));
  throw new UserError(`Cannot use ${name} ${version}: required SHA-256 ${sha256}, got ${actual}. The registry serves another file, or it was changed on its way; nothing of it was installed.`);
}

async function pip(python: string, args: readonly string[]): Promise<void> {
  await run(python, ["-m", "pip", "--disable-pip-version-check", "--no-input", ...args], { maxBuffer: 2 ** 24 }).catch((error: unknown) => {
    const lines = messageOf(error).split("\n").filter((line) => line.startsWith("ERROR"));
    throw new UserError(`Cannot run pip ${args[0]}: ${lines.join(" ") || messageOf(error)}. Check the network and the free disk, then run it again: what was fetched is kept.`);
  });
}

/** Only pip is wanted of Python, so any will do: the project's own environment first. */
async function findPython(): Promise<string> {
  const own = join(projectRoot(), ".venv", "bin", "python");
  for (const python of [...(existsSync(own) ? [own] : []), "python3", "python"]) {
    const works = await run(python, ["-m", "pip", "--version"]).then(() => true, () => false);
    if (works) return python;
  }
  throw new UserError("Cannot fetch wheels: required Python 3 with pip on the path, found none.");
}
