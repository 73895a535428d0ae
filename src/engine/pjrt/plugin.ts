/** Finds XLA plug-ins, and loads one only if its checksum is known or the user named or installed the file. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { assetFolder, dataPath, messageOf, rememberedSha256, UserError } from "../../util/index.js";
import type { Detection } from "../device.js";
import { PjrtClient, type ClientOption } from "./client.js";
import type { CompileFlags } from "./compile-options.js";
import { keepLoaded } from "./native.js";

/** What a plug-in computes on, as the plug-in names it. */
export type Platform = "cuda" | "rocm" | "metal" | "cpu";

/** A plug-in file that may be loaded. */
export interface Plugin {
  readonly path: string;
  /** Where it comes from. */
  readonly origin: string;
  readonly options?: readonly ClientOption[];
}

/** Plug-ins whose origin we know, by checksum. */
const knownPlugins: Readonly<Record<string, Omit<Plugin, "path">>> = {
  // Without the option XLA pretends to four devices and starts a thread for each, also on one core.
  ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2: { origin: "lammps-jax-pjrt-cpu 0.11.2 (XLA of jaxlib 0.11.2, linux-x64)", options: [{ name: "cpu_device_count", value: 1n }] },
  "0a0fe56ca17be9efc7b942e89e534e5e0ad4a0f1e369b66d27b62184509015b9": { origin: "fastatomstruct-xla-cpu 2026.6.23 (zml/pjrt-artifacts, linux-x64)" },
  "4443b8c89bd43923dcb895efc95058c65682de1724ec5a66854a96d4731e4228": { origin: "jax-cuda13-pjrt 0.10.2" },
  "43d3efd6fd43d8a5d9aa67176e830d81e4ad5fc19fda4ad09cdcc4aebd9f3920": { origin: "jax-cuda13-pjrt 0.11.2" },
  ed4d60d77427548709ca0b5a8e04c1b24cc0091452bb564e4aea01e03ae7eac1: { origin: "jax-cuda12-pjrt 0.11.2" },
};

/** Where the packages of JAX's plug-ins keep the file, below site-packages: folder, library. */
const packageFiles: Readonly<Record<Exclude<Platform, "cpu">, readonly [folder: RegExp, library: RegExp]>> = {
  cuda: [/^xla_cuda\d+$/, /^xla_cuda_plugin\.so$/],
  rocm: [/^xla_rocm\d+$/, /^xla_rocm_plugin\.so$/],
  metal: [/^metal_plugin$/, /^pjrt_plugin_metal_\d+\.dylib$/],
};

/** The platform of a plug-in of JAX's, by the name of its file. */
function platformByName(path: string): Platform | undefined {
  return (Object.keys(packageFiles) as (keyof typeof packageFiles)[]).find((platform) => packageFiles[platform][1].test(basename(path)));
}

/** A client on a graphics processor takes memory as it needs it, not most of it at once: others use the machine, too. */
function optionsOf(platform: Platform): { options?: readonly ClientOption[] } {
  return platform === "cuda" || platform === "rocm" ? { options: [{ name: "preallocate", value: false }] } : {};
}

async function entries(folder: string, pattern: RegExp): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.filter((name) => pattern.test(name)).toSorted().toReversed().map((name) => join(folder, name));
}

/** Plug-ins in an environment's site-packages, the newest first. */
async function inSitePackages(site: string, [folder, library]: readonly [RegExp, RegExp]): Promise<string[]> {
  const folders = await entries(join(site, "jax_plugins"), folder);
  return (await Promise.all(folders.map(async (one) => entries(one, library)))).flat();
}

/** The site-packages of the active environments. */
async function activeSitePackages(): Promise<string[]> {
  const roots = [process.env["VIRTUAL_ENV"], process.env["CONDA_PREFIX"]].filter((root) => root !== undefined);
  const pythons = await Promise.all(roots.map(async (root) => [join(root, "Lib"), ...(await entries(join(root, "lib"), /^python3\.\d+$/))]));
  return pythons.flat().map((python) => join(python, "site-packages"));
}

async function trusted(path: string, advice: string): Promise<Plugin> {
  const checksum = await rememberedSha256(path, dataPath("cache", "xla-checksums.json"));
  const known = knownPlugins[checksum];
  if (known === undefined) throw new UserError(`Cannot trust the XLA plug-in "${path}": its checksum ${checksum} is not a known one. ${advice}.`);
  return { path, ...known };
}

/**
 * The plug-in of a platform, or undefined where there is no such graphics processor's: the file that `LLMDPD_XLA_PLUGIN` names, the one of an active JAX
 * environment, the one that `llmdpd setup cuda` installed or set-up fetched.
 *
 * @throws UserError if the named one or that of the processor is missing, or a found one's checksum is not a known one
 */
export async function findPlugin(platform: Platform): Promise<Plugin | undefined> {
  const named = process.env["LLMDPD_XLA_PLUGIN"];
  if (named !== undefined && [undefined, platform].includes(platformByName(named))) {
    if ((await stat(named).catch(() => undefined))?.isFile() !== true) throw new UserError(`Cannot find an XLA plug-in at "${named}": LLMDPD_XLA_PLUGIN must name a PJRT plug-in file.`);
    return { path: named, origin: "named by LLMDPD_XLA_PLUGIN", ...optionsOf(platform) };
  }
  if (platform === "cpu") {
    const path = join(assetFolder("xla-cpu"), "libpjrt_cpu.so");
    if ((await stat(path).catch(() => undefined))?.isFile() !== true) throw new UserError(`Cannot find an XLA plug-in at "${path}": run \`npm run setup\` to fetch it (linux-x64), or name a file in LLMDPD_XLA_PLUGIN.`);
    return trusted(path, "Delete it and run `npm run setup`, or name the file in LLMDPD_XLA_PLUGIN if you trust it");
  }
  for (const site of await activeSitePackages()) {
    const [path] = await inSitePackages(site, packageFiles[platform]);
    if (path !== undefined) return { ...(await trusted(path, "Name the file in LLMDPD_XLA_PLUGIN if you trust it")), ...optionsOf(platform) };
  }
  const [installed] = platform === "cuda" ? await inSitePackages(assetFolder("xla-cuda"), packageFiles.cuda) : [];
  return installed === undefined ? undefined : { path: installed, origin: "installed by `llmdpd setup cuda`", ...optionsOf(platform) };
}

/** Loads the plug-in of a platform as far as its device, and describes it. */
export async function detect(platform: Platform): Promise<Detection> {
  const plugin = await findPlugin(platform);
  if (plugin === undefined) return {};
  const found = `${plugin.origin}, ${plugin.path}`;
  try {
    const { api, platform: actual } = await openPlugin(plugin);
    if (actual !== platform) return {};
    return { found, version: `PJRT ${api.version.major}.${api.version.minor}`, hardware: platform === "cpu" ? "processor" : "graphics processor" };
  } catch (error) {
    return { found, problem: messageOf(error) };
  }
}

const clients = new Map<string, PjrtClient>();

/**
 * The client of a platform's plug-in; one per process and plug-in.
 *
 * @throws UserError if the plug-in is missing, untrusted, of another platform or major version, or cannot be loaded
 */
export async function openClient(platform: Platform): Promise<PjrtClient> {
  const plugin = await findPlugin(platform);
  if (plugin === undefined) throw new UserError(`Cannot find an XLA plug-in for ${platform}. \`npx --no llmdpd doctor\` says how to get one.`);
  const client = await openPlugin(plugin);
  if (client.platform !== platform) throw new UserError(`Cannot use the XLA plug-in "${plugin.path}" for ${platform}: it computes on ${client.platform}.`);
  return client;
}

async function openPlugin({ path, options }: Plugin): Promise<PjrtClient> {
  const known = clients.get(path);
  if (known !== undefined) return known;
  const cuda = platformByName(path) === "cuda";
  if (cuda) keepLoaded(await cudaLibraries(path), { visible: true });
  try {
    // Another call may have opened it while this one looked for libraries.
    const client = clients.get(path) ?? PjrtClient.open(path, options);
    clients.set(path, client);
    return client;
  } catch (error) {
    if (error instanceof UserError) throw error;
    const advice = process.env["LLMDPD_XLA_PLUGIN"] === path ? "Correct or unset LLMDPD_XLA_PLUGIN, which names it" : "If its device is there, install it again (`npx --no llmdpd doctor` says how)";
    throw new UserError(`Cannot load the XLA plug-in "${path}": ${messageOf(error).replace(/\.$/, "")}.${cuda ? await driverNote() : ""} ${advice}, or use another device.`, { cause: error });
  }
}

/** The folder site-packages around a plug-in of JAX's. */
const siteOf = (path: string): string => dirname(dirname(dirname(path)));

/** NVIDIA's libraries beside a plug-in, in the order in which they need each other: the search path cannot be changed any more. */
async function cudaLibraries(path: string): Promise<string[]> {
  const folders = await entries(join(siteOf(path), "nvidia"), /./);
  const files = (await Promise.all(folders.map(async (folder) => entries(join(folder, "lib"), /\.so\.\d+$/)))).flat();
  const names = ["cudart", "nvrtc", "nvJitLink", "cublasLt", "cublas", "nccl", "cupti", "cusparse", "cusolver", "cufft", "nvshmem_host", "cudnn"];
  return names.flatMap((name) => files.filter((file) => basename(file).startsWith(`lib${name}.so`)));
}

/** What XLA must be told to compile for a platform: on CUDA where ptxas and libdevice lie, if they came with the plug-in. */
export async function platformFlags({ platform, api }: PjrtClient): Promise<CompileFlags> {
  if (platform !== "cuda") return {};
  const [home] = await entries(join(siteOf(api.path), "nvidia"), /^(cu1\d|cuda_nvcc)$/);
  return home === undefined ? {} : { xla_gpu_cuda_data_dir: home };
}

async function driverNote(): Promise<string> {
  const text = await readFile("/proc/driver/nvidia/version", "utf8").catch(() => "");
  const version = /\s(\d+\.\d+[\d.]*)\s/.exec(text)?.[1];
  return ` NVIDIA's driver: ${version ?? "none is loaded"}; CUDA 13 needs 580 or newer, CUDA 12 525 or newer.`;
}
