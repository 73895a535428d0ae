/**
 * Compiled programs on disk: XLA needs seconds for an update step, loading it again takes a fraction of one. A file's
 * name is made of all that decides what the machine code is.
 */
import { readFile, stat } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { dataPath, keepFile, readKept, sha256 } from "../../util/index.js";
import type { PjrtClient, PjrtExecutable } from "./client.js";
import type { CompileFlags } from "./compile-options.js";

const maxFiles = 64;

/** The processor's model and instruction sets, for code for one may not run on another, and the cores it is divided over. */
async function processor(): Promise<string> {
  const info = await readFile("/proc/cpuinfo", "utf8").catch(() => "");
  const features = /^flags\s*:.*$/m.exec(info)?.[0] ?? "";
  return `${process.arch} ${availableParallelism()} ${cpus()[0]?.model ?? ""} ${features}`;
}

async function fileFor(client: PjrtClient, { module, flags }: { module: string; flags: CompileFlags }): Promise<string> {
  const { path, version } = client.api;
  const { size, mtimeMs } = await stat(path);
  const key = JSON.stringify([module, flags, `${client.platform}, PJRT ${version.major}.${version.minor}`, path, size, mtimeMs, process.env["XLA_FLAGS"] ?? "", await processor()]);
  return dataPath("cache", "xla-programs", `${sha256(key)}.bin`);
}

/**
 * Compiles a module, or loads what an earlier process compiled. A cache that cannot be read or written costs time, no
 * more. `LLMDPD_XLA_CACHE=off` turns it off.
 */
export async function compileCached(client: PjrtClient, { module, flags }: { module: string; flags: CompileFlags }): Promise<PjrtExecutable> {
  // Small programs compile as fast as they load.
  if (process.env["LLMDPD_XLA_CACHE"] === "off" || module.length < 20_000) return client.compile(module, flags);
  const path = await fileFor(client, { module, flags });
  const known = await readKept(path).then((code) => code && client.deserialize(code)).catch(() => undefined);
  if (known !== undefined) return known;
  const executable = client.compile(module, flags);
  try {
    await keepFile(path, { content: executable.serialize(), maxFiles });
  } catch {
    // A plug-in without serialised executables, or a full disk, is no reason to stop.
  }
  return executable;
}
