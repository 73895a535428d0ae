// One set-up at a time in one folder: `npm start` and `npm run lab` may be called side by side. The lock holds the numbers
// of the process and of its children: those of a set-up that was killed may still run, and are waited for.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { children, onChildren, root } from "./tools.mjs";

const path = join(root, "data", "cache", "setup.lock");
const beatMs = 2_000;
// A holder touches its lock every beat; one that has not done so for this long is gone (killed, or another machine's).
const staleMs = 15_000;
// No child takes longer than this; a number that is alive then belongs to a process of another kind.
const orphanMs = 180_000;

/** Takes the lock, waiting for another set-up if one runs, and returns the function that gives it back. */
export async function lock() {
  mkdirSync(dirname(path), { recursive: true });
  const say = sayer();
  for (;;) {
    if (create()) break;
    const { holder, others } = read();
    if (alive(holder) && age() < staleMs) say(`Another set-up (process ${holder}) runs in this folder; waiting for it.`);
    else if (others.some(alive) && age() < orphanMs) say("An earlier set-up was killed; waiting for what it had started.");
    else rmSync(path, { force: true });
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const timer = setInterval(beat, beatMs);
  timer.unref();
  onChildren(note);
  const release = () => {
    clearInterval(timer);
    if (read().holder === process.pid) rmSync(path, { force: true });
  };
  process.once("exit", release);
  return release;
}

function sayer() {
  let last = "";
  return (text) => {
    if (text !== last) console.log(text);
    last = text;
  };
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

// Whoever clears data/cache/ while a set-up runs clears the lock as well.
function beat() {
  if (existsSync(path)) utimesSync(path, new Date(), new Date());
}

function note() {
  if (existsSync(path)) writeFileSync(path, [process.pid, ...[...children].map((child) => child.pid)].join(" "));
}

function read() {
  try {
    const [holder, ...others] = readFileSync(path, "utf8").trim().split(/\s+/).map(Number);
    return { holder, others };
  } catch {
    return { holder: undefined, others: [] };
  }
}

function age() {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function alive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
