// What every part of set-up uses: child processes, errors with advice, sizes, and the lines that say how far it is.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, lstatSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this project. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** An error that the reader can mend: printed without a stack, with the last lines of the tool that failed. */
export class SetupError extends Error {
  constructor(message, { advice = "", output = "", network = false } = {}) {
    super(message);
    this.network = network;
    this.advice = advice;
    this.output = output;
  }
}

/** Child processes that run now. */
export const children = new Set();
let noteChildren = () => {};

/** Calls back whenever a child process starts or ends. */
export function onChildren(listener) {
  noteChildren = listener;
}

/** Ends everything that set-up has started. */
export function stopChildren() {
  for (const child of children) child.kill();
}

const networkTrouble =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|network|NewConnectionError|ConnectTimeout|ProxyError|Connection (broken|reset|refused)|Name or service not known|name resolution|Max retries|No matching distribution/i;

/**
 * Runs a command and keeps its output, which is shown only if it fails.
 *
 * @throws SetupError that names the action, with advice when the output looks like trouble with the network
 */
export function run(command, args, { action, env = {}, onLine } = {}) {
  return new Promise((resolve, reject) => {
    let output = "";
    const child = spawn(command, args, {
      cwd: root,
      env: { ...cleanEnvironment(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    children.add(child);
    noteChildren();
    const gone = () => {
      children.delete(child);
      noteChildren();
    };
    const collect = (chunk) => {
      output = (output + chunk).slice(-20_000);
      if (onLine) for (const line of String(chunk).split(/[\r\n]+/)) if (line.trim() !== "") onLine(line.trim());
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", (error) => {
      gone();
      reject(new SetupError(`Cannot ${action}: ${error.message}.`));
    });
    child.on("close", (code) => {
      gone();
      if (code === 0) return resolve(output);
      const lines = output.split(/[\r\n]+/).filter((line) => line.trim() !== "");
      const network = networkTrouble.test(output);
      const advice = network
        ? "This looks like trouble with the network, or a registry that cannot be reached. Check the connection, or the proxy and registry settings of npm and pip; then run `npm run setup` again: finished parts are kept."
        : "Run `npm run setup` again once this is mended: finished parts are kept.";
      reject(new SetupError(`Cannot ${action}: the command ended with code ${code}.`, { advice, network, output: lines.slice(-8).join("\n") }));
    });
  });
}

/** The environment without what the surrounding npm says about its own command. */
function cleanEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^npm_(lifecycle|package|command|config_(ignore_scripts|argv|loglevel|silent))/i.test(key)),
  );
}

/** "12 MB", "1.4 GB". */
export function megabytes(bytes) {
  return bytes >= 995e6 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
}

/** The bytes of a file or of all files below a folder; links are not followed. 0 if there is none. */
export function folderBytes(path) {
  let info;
  try {
    info = lstatSync(path);
  } catch {
    return 0;
  }
  if (!info.isDirectory()) return info.size;
  let sum = 0;
  for (const name of readdirSync(path)) sum += folderBytes(join(path, name));
  return sum;
}

/** SHA-256 of a file in hexadecimal. */
export async function sha256(path) {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}

/** Says which parts run and how far they are: in a terminal one line that is rewritten, elsewhere a line for each end. */
export class Board {
  constructor(stream = process.stdout) {
    this.stream = stream;
    this.running = new Map();
    this.timer = stream.isTTY ? setInterval(() => this.draw(), 250) : undefined;
    this.timer?.unref();
  }

  /** Runs one part; `work` gets a function that takes a few words on its progress. `folder` is measured at the end. */
  async part(name, work, folder) {
    const started = Date.now();
    this.running.set(name, "");
    if (!this.stream.isTTY) this.stream.write(`  ${name} …\n`);
    try {
      const result = await work((detail) => this.running.set(name, detail));
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      const size = folder === undefined ? "" : `, ${megabytes(folderBytes(folder))}`;
      this.clear();
      this.stream.write(`  ${name}: done in ${seconds} s${size}\n`);
      return result;
    } finally {
      this.running.delete(name);
    }
  }

  draw() {
    const parts = [...this.running].map(([name, detail]) => (detail === "" ? name : `${name} ${detail}`));
    if (parts.length > 0) this.stream.write(`\r\u001b[2K  ${parts.join(" | ").slice(0, (this.stream.columns ?? 100) - 4)}`);
  }

  clear() {
    if (this.stream.isTTY) this.stream.write("\r\u001b[2K");
  }

  close() {
    clearInterval(this.timer);
    this.clear();
  }
}
