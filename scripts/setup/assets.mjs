// The simulator, XLA's plug-in and the text models: wheels fetched with pip, checked, and unpacked below data/cache/.
import { copyFileSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { venvPython } from "./python.mjs";
import { SetupError, folderBytes, megabytes, root, run, sha256 } from "./tools.mjs";
import { wheelsHere } from "./wheels.mjs";

const cache = join(process.env["LLMDPD_DATA"] ?? join(root, "data"), "cache");
export const paths = { cache, wheels: join(cache, "wheels"), models: join(cache, "models") };

/** A folder is moved to its place only when it is complete, with this file in it. */
const stampName = ".setup.json";

const unpackCode = `
import os, shutil, sys, zipfile
wheel, folder, pairs = sys.argv[1], sys.argv[2], [pair.split("=", 1) for pair in sys.argv[3:]]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        for start, to in pairs:
            if name.startswith(start) and not name.endswith("/") and ".." not in name.split("/"):
                path = os.path.join(folder, *(to + name[len(start):]).split("/"))
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with archive.open(name) as source, open(path, "wb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
                break
`;

function stampOf(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, stampName), "utf8"));
  } catch {
    return undefined;
  }
}

/** A link that somebody laid on purpose is taken as it is. */
function present(wheel) {
  const folder = join(cache, wheel.folder);
  if (stampOf(folder)?.sha256 === wheel.sha256) return true;
  return existsSync(folder) && lstatSync(folder).isSymbolicLink();
}

/** The parts other than the text models that are not there. */
export function missingAssets() {
  return wheelsHere().filter((wheel) => !wheel.model && !(wheel.override && process.env[wheel.override]) && !present(wheel));
}

function modelWheels() {
  return wheelsHere().filter((wheel) => wheel.model);
}

/** Whether the text models have yet to be converted. */
export function modelsMissing() {
  const state = stampOf(paths.models);
  return modelWheels().some((wheel) => state?.[wheel.name] !== wheel.sha256);
}

/** The wheels of the text models that have yet to be fetched. */
export function missingModelWheels() {
  return modelsMissing() ? modelWheels().filter((wheel) => !present(wheel)) : [];
}

/** Fetches and unpacks wheels, one after the other. */
export async function installWheels(wanted, { board }) {
  if (wanted.length === 0) return;
  const total = wanted.reduce((sum, wheel) => sum + wheel.bytes, 0);
  let before = 0;
  await board.part(`download ${wanted.map((wheel) => wheel.title).join(", ")} (${megabytes(total)})`, async (say) => {
    for (const wheel of wanted) {
      const path = await fetchWheel(wheel, { say: (bytes) => say(`${Math.floor((100 * (before + bytes)) / total)} %`) });
      await unpack(wheel, path);
      before += wheel.bytes;
    }
  });
}

async function fetchWheel(wheel, { say }) {
  mkdirSync(paths.wheels, { recursive: true });
  const kept = join(paths.wheels, `${wheel.name}-${wheel.version}.whl`);
  if (existsSync(kept) && (await sha256(kept)) === wheel.sha256) return kept;
  const part = join(paths.wheels, `.part-${wheel.name}`);
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  const timer = setInterval(() => say(Math.min(folderBytes(part), wheel.bytes)), 500);
  try {
    if (!copyFromShelf(wheel, part)) await download(wheel, part);
  } finally {
    clearInterval(timer);
  }
  const name = readdirSync(part).find((file) => file.endsWith(".whl"));
  if (name === undefined) throw new SetupError(`Cannot fetch ${wheel.name} ${wheel.version}: pip brought no wheel.`);
  const actual = await sha256(join(part, name));
  if (actual !== wheel.sha256) {
    rmSync(part, { recursive: true, force: true });
    throw new SetupError(`Cannot use ${wheel.name} ${wheel.version}: its SHA-256 should be ${wheel.sha256}, it is ${actual}.`, {
      advice: "The file was changed on its way, or the registry serves another one: nothing of it was installed. Try another network or registry.",
    });
  }
  renameSync(join(part, name), kept);
  rmSync(part, { recursive: true, force: true });
  return kept;
}

/** A wheel that was put into the folder LLMDPD_WHEELS, for machines without network. */
function copyFromShelf(wheel, part) {
  const shelf = process.env["LLMDPD_WHEELS"];
  if (shelf === undefined || shelf === "") return false;
  if (!existsSync(shelf)) throw new SetupError(`Cannot read the folder of LLMDPD_WHEELS, "${shelf}": it is not there.`);
  const start = `${wheel.name.replaceAll("-", "_")}-${wheel.version}-`;
  const name = readdirSync(shelf).find((file) => file.startsWith(start) && file.endsWith(".whl"));
  if (name === undefined) return false;
  copyFileSync(join(shelf, name), join(part, name));
  return true;
}

async function download(wheel, part) {
  const options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--no-input", "--progress-bar=off", "--retries=3", "-d", part];
  // One wheel per platform, whatever Python runs here: the library inside is the same.
  if (wheel.platform) options.push("--python-version=3.11", "--implementation=cp", "--abi=cp311", `--platform=${wheel.platform}`);
  await run(venvPython, ["-m", "pip", "download", ...options, `${wheel.name}==${wheel.version}`], {
    action: `fetch ${wheel.name} ${wheel.version} (${megabytes(wheel.bytes)})`,
    env: { TMPDIR: part, TMP: part, TEMP: part },
  });
}

async function unpack(wheel, path) {
  const folder = join(cache, wheel.folder);
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  const pairs = Object.entries(wheel.files).map(([from, to]) => `${from}=${to}`);
  await run(venvPython, ["-c", unpackCode, path, part, ...pairs], { action: `unpack ${wheel.name}` });
  for (const [file, expected] of Object.entries(wheel.contents ?? {})) {
    const actual = await sha256(join(part, file));
    if (actual !== expected) throw new SetupError(`Cannot use ${file} of ${wheel.name}: its SHA-256 should be ${expected}, it is ${actual}.`);
  }
  writeFileSync(join(part, stampName), JSON.stringify({ name: wheel.name, version: wheel.version, sha256: wheel.sha256 }));
  mkdirSync(dirname(folder), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(part, folder);
  rmSync(path, { force: true });
}

/** Converts the text models into the layout that transformers.js reads; the project's own command does it. */
export async function installModels({ board }) {
  if (!modelsMissing()) return;
  await board.part("text models", async (say) => {
    say("converting");
    await run(process.execPath, [join(root, "scripts", "llmdpd.mjs"), "models", "install"], {
      action: "convert the text models",
      onLine: (line) => say(line.slice(0, 60)),
    });
    mkdirSync(paths.models, { recursive: true });
    writeFileSync(join(paths.models, stampName), JSON.stringify(Object.fromEntries(modelWheels().map((wheel) => [wheel.name, wheel.sha256]))));
  }, paths.models);
}
