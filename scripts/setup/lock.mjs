// One set-up at a time in one folder: `npm start` and `npm run lab` may be called side by side.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./tools.mjs";

const path = join(root, "data", "cache", "setup.lock");
const beatMs = 2_000;
// A holder touches its lock every beat; one that has not done so for this long is gone (killed, or another machine's).
const staleMs = 15_000;

/** Takes the lock, waiting for another set-up if one runs, and returns the function that gives it back. */
export async function lock() {
  mkdirSync(dirname(path), { recursive: true });
  for (let told = false; !take(); ) {
    if (!told) console.log(`Another set-up (process ${holder()}) runs in this folder; waiting for it.`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const beat = () => {
    // Whoever clears data/cache/ in the meantime clears the lock as well.
    if (existsSync(path)) utimesSync(path, new Date(), new Date());
  };
  const timer = setInterval(beat, beatMs);
  timer.unref();
  const release = () => {
    clearInterval(timer);
    if (holder() === process.pid) rmSync(path, { force: true });
  };
  process.once("exit", release);
  return release;
}

function take() {
  if (create()) return true;
  if (alive()) return false;
  rmSync(path, { force: true });
  return create();
}

function create() {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  }
}

function alive() {
  try {
    if (Date.now() - statSync(path).mtimeMs > staleMs) return false;
    const pid = holder();
    if (pid !== undefined) process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function holder() {
  try {
    const pid = Number(readFileSync(path, "utf8"));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
