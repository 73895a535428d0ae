/** Finds the XLA plug-in, and loads it only if its checksum is a known one or the user named the file. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { assetFolder, dataPath, messageOf, sha256File, UserError, writeFileAtomic } from "../../util/index.js";
import { PjrtClient, type ClientOption } from "./client.js";

/** What we know of a plug-in file. */
interface Provenance {
  /** Where it comes from. */
  readonly origin: string;
  readonly option?: ClientOption;
}

/** Plug-ins whose origin we know, by checksum. */
const knownPlugins: Readonly<Record<string, Provenance>> = {
  // Without the option XLA pretends to four devices and starts a thread for each, also on one core.
  ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2: { origin: "lammps-jax-pjrt-cpu 0.11.2 (XLA of jaxlib 0.11.2, linux-x64)", option: { name: "cpu_device_count", value: 1 } },
  "0a0fe56ca17be9efc7b942e89e534e5e0ad4a0f1e369b66d27b62184509015b9": { origin: "fastatomstruct-xla-cpu 2026.6.23 (zml/pjrt-artifacts, linux-x64)" },
};

/** A plug-in file that may be loaded. */
export interface Plugin extends Provenance {
  readonly path: string;
}

/** The checksum of a file, remembered by size and time of change, because hashing 270 MB takes a second. */
async function rememberedChecksum(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  const memory = dataPath("cache", "xla-checksums.json");
  const known = await readFile(memory, "utf8").then((text) => JSON.parse(text) as Record<string, string>, (): Record<string, string> => ({}));
  const key = `${path} ${size} ${mtimeMs}`;
  const found = known[key];
  if (found !== undefined) return found;
  const checksum = await sha256File(path);
  // A folder that cannot be written only costs the next start a second.
  await writeFileAtomic(memory, JSON.stringify({ ...known, [key]: checksum })).catch(() => undefined);
  return checksum;
}

/**
 * The plug-in to use: the file that `LLMDPD_XLA_PLUGIN` names, or the one that set-up fetched.
 *
 * @throws UserError if there is none, or its checksum is not a known one
 */
export async function findPlugin(): Promise<Plugin> {
  const named = process.env["LLMDPD_XLA_PLUGIN"];
  const path = named ?? join(assetFolder("xla-cpu"), "libpjrt_cpu.so");
  const there = await stat(path).catch(() => undefined);
  if (there?.isFile() !== true) {
    throw new UserError(`Cannot find an XLA plug-in at "${path}": ${named === undefined ? "run `npm run setup` to fetch it (linux-x64), or name a file in LLMDPD_XLA_PLUGIN" : "LLMDPD_XLA_PLUGIN must name a PJRT plug-in file"}.`);
  }
  if (named !== undefined) return { path, origin: "named by LLMDPD_XLA_PLUGIN" };
  const checksum = await rememberedChecksum(path);
  const known = knownPlugins[checksum];
  if (known === undefined) throw new UserError(`Cannot trust the XLA plug-in "${path}": its checksum ${checksum} is not a known one. Delete it and run \`npm run setup\`, or name the file in LLMDPD_XLA_PLUGIN if you trust it.`);
  return { path, ...known };
}

const clients = new Map<string, PjrtClient>();

/**
 * The client of the plug-in; one per process.
 *
 * @throws UserError if the plug-in is missing, untrusted, of another major version or cannot be loaded
 */
export async function openClient(): Promise<PjrtClient> {
  const { path, option } = await findPlugin();
  const known = clients.get(path);
  if (known !== undefined) return known;
  try {
    const client = PjrtClient.open(path, option);
    clients.set(path, client);
    return client;
  } catch (error) {
    if (error instanceof UserError) throw error;
    const advice = process.env["LLMDPD_XLA_PLUGIN"] === undefined ? "Run `npm run setup` to fetch it again" : "Correct or unset LLMDPD_XLA_PLUGIN, which names it";
    throw new UserError(`Cannot load the XLA plug-in "${path}": ${messageOf(error)}. ${advice}, or use the device jax-js.`, { cause: error });
  }
}
