import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { UserError, messageOf } from "./errors.js";
import { sha256File } from "./files.js";
import type { ProgressFn } from "./progress.js";

export interface DownloadOptions {
  /** Where the file goes, whole or not at all; what has come so far lies beside it in `<path>.download`. */
  readonly path: string;
  /** Expected SHA-256; without one, the file's own is returned for the record. */
  readonly sha256?: string;
  /** What to do without a network: the last sentence of the error. */
  readonly advice?: string;
  /** Attempts in a row, at one address, that bring nothing before the next one is tried. Default 4. */
  readonly attempts?: number;
  /** Wait before the second attempt, doubled for each further one. Default 1000. */
  readonly pauseMs?: number;
  /** An attempt that brings nothing for so long has failed. Default 60,000. */
  readonly idleMs?: number;
  readonly onProgress?: ProgressFn;
}

export interface Downloaded {
  /** The address that served it. */
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What is known of a part of a file: enough to go on with it, and to see that the server has another file by now. */
interface Part {
  readonly url: string;
  readonly total?: number;
  /** ETag, or the time of the last change. */
  readonly validator?: string;
}

/** This address will not serve the file, however often it is asked. */
class Refused extends Error {}

/**
 * Downloads a file from the first of several addresses that serves it. A connection that breaks is taken up where it
 * stopped, in this call and in the next one; a part whose file changed on the server is fetched anew.
 *
 * @throws UserError if no address serves it, with the reason of each, or if its checksum is another
 * @example await downloadFile(["https://example.org/data.hdf5"], { path: "data.hdf5", onProgress: terminalProgress() })
 */
export async function downloadFile(urls: readonly string[], options: DownloadOptions): Promise<Downloaded> {
  const { path, advice = "" } = options;
  await mkdir(dirname(path), { recursive: true });
  const reasons: string[] = [];
  for (const url of urls) {
    try {
      await fetchAll(url, options);
      return await finish(url, options);
    } catch (error) {
      if (error instanceof UserError) throw error;
      reasons.push(`${url}: ${reasonOf(error)}`);
    }
  }
  throw new UserError(`Cannot download "${basename(path)}": ${reasons.join("; ") || "no address is known"}.${advice === "" ? "" : ` ${advice}`}`);
}

async function fetchAll(url: string, { path, attempts = 4, pauseMs = 1000, idleMs = 60_000, onProgress }: DownloadOptions): Promise<void> {
  const part = `${path}.download`;
  for (let failures = 0; ; ) {
    const before = sizeOf(part);
    try {
      await fetchRest(url, { part, idleMs, ...(onProgress === undefined ? {} : { onProgress, label: `downloading ${basename(path)}` }) });
      return;
    } catch (error) {
      failures = sizeOf(part) > before ? 1 : failures + 1;
      if (error instanceof Refused || failures >= attempts) throw error;
      await pause(pauseMs * 2 ** (failures - 1));
    }
  }
}

/** One request: from the start, or from where the part ends. Returns when the file is complete. */
async function fetchRest(url: string, { part, idleMs, onProgress, label = "" }: { part: string; idleMs: number; onProgress?: ProgressFn; label?: string }): Promise<void> {
  const known = readPart(part);
  const have = known?.url === url ? sizeOf(part) : 0;
  if (have > 0 && have === known?.total) return;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new Error(`nothing came for ${idleMs / 1000} s`)), idleMs);
  try {
    const response = await fetch(url, { headers: headersFor(have, known), signal: abort.signal });
    if (response.status === 416) await rm(part, { force: true });
    if (response.status !== 200 && response.status !== 206) {
      const reason = `the server answered ${response.status} ${response.statusText}`.trim();
      throw response.status >= 500 || [408, 416, 429].includes(response.status) ? new Error(reason) : new Refused(reason);
    }
    const start = response.status === 206 ? startOf(response) : 0;
    if (start > have) throw new Error(`the server sent bytes from ${start} on, ${have} asked for`);
    const length = Number(response.headers.get("content-length") ?? NaN);
    const total = Number.isFinite(length) ? start + length : undefined;
    const validator = response.headers.get("etag") ?? response.headers.get("last-modified") ?? undefined;
    const file = await open(part, existsSync(part) ? "r+" : "w");
    try {
      await file.truncate(start);
      writeFileSync(`${part}.json`, JSON.stringify({ url, ...(total === undefined ? {} : { total }), ...(validator === undefined ? {} : { validator }) } satisfies Part));
      let done = start;
      for await (const chunk of response.body ?? []) {
        timer.refresh();
        const bytes = chunk as Uint8Array;
        await file.write(bytes, 0, bytes.length, done);
        done += bytes.length;
        onProgress?.({ done, total: total ?? 0, label, detail: "bytes" });
      }
      if (total !== undefined && done !== total) throw new Error(`the connection broke after ${done} of ${total} bytes`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw abort.signal.aborted ? abort.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Nothing may be compressed on the way: ranges count the bytes of the file. */
function headersFor(have: number, known: Part | undefined): Record<string, string> {
  const range = have > 0 ? { Range: `bytes=${have}-`, ...(known?.validator === undefined ? {} : { "If-Range": known.validator }) } : {};
  return { "Accept-Encoding": "identity", ...range };
}

function startOf(response: Response): number {
  const start = Number(/^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1] ?? NaN);
  if (!Number.isFinite(start)) throw new Refused("the server sent a part of the file without saying which");
  return start;
}

async function finish(url: string, { path, sha256 }: DownloadOptions): Promise<Downloaded> {
  const part = `${path}.download`;
  const actual = await sha256File(part);
  const bytes = sizeOf(part);
  await rm(`${part}.json`, { force: true });
  if (sha256 !== undefined && sha256 !== actual) {
    await rm(part, { force: true });
    throw new UserError(`Cannot use "${basename(path)}" from ${url}: its SHA-256 must be ${sha256}, got ${actual}. The file was changed on its way, or the server has another one; nothing of it was kept.`);
  }
  await rename(part, path);
  return { url, bytes, sha256: actual };
}

function readPart(part: string): Part | undefined {
  try {
    return JSON.parse(readFileSync(`${part}.json`, "utf8")) as Part;
  } catch {
    return undefined;
  }
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

const networkReasons: Readonly<Record<string, string>> = {
  ENOTFOUND: "its name cannot be resolved; is there a network?",
  EAI_AGAIN: "its name cannot be resolved; is there a network?",
  ECONNREFUSED: "it refuses the connection",
  ECONNRESET: "the connection broke",
  UND_ERR_SOCKET: "the connection broke",
  ETIMEDOUT: "it does not answer",
  UND_ERR_CONNECT_TIMEOUT: "it does not answer",
  ENETUNREACH: "there is no network",
  EHOSTUNREACH: "it cannot be reached",
};

/** `fetch` hides what happened in the cause of its error. */
function reasonOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : undefined;
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "";
  return networkReasons[code] ?? (code === "" ? messageOf(cause ?? error) : code);
}
