import type { Command } from "commander";
import { group } from "../group.js";
import { type Imported, importData } from "../../datasets/index.js";
import type { RobotName } from "../../envs/index.js";
import { terminalProgress } from "../../util/index.js";

/** Prints what was taken in, and what D4RL's checks found. */
export function printImported({ id, robot, path, source, bytes, sha256, summary, checks }: Imported): void {
  const { rows, episodes, terminals, timeouts, returns } = summary;
  console.log(`${id}: ${robot}, ${rows} steps, ${episodes} finished episodes (${terminals} falls, ${timeouts} time-outs), ${(bytes / 1e6).toFixed(1)} MB`);
  if (returns !== undefined) console.log(`returns: mean ${returns.mean.toFixed(1)}, ${returns.min.toFixed(1)} to ${returns.max.toFixed(1)}; D4RL's score of the mean ${returns.score.toFixed(1)}`);
  for (const { name, passed, detail } of checks) console.log(`${passed === undefined ? "not checked" : "ok"}: ${name} (${detail})`);
  if (sha256 !== undefined) console.log(`SHA-256 ${sha256}`);
  console.log(`From ${source}. Wrote ${path}.`);
}

interface Options {
  readonly as?: string;
  readonly robot?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `llmdpd data import <file|id>`: D4RL's and Minari's locomotion data into data/raw. */
export function register(program: Command): void {
  group(program, "data")
    .command("import")
    .description("take a D4RL file or a Minari dataset of hopper, halfcheetah or walker2d into data/raw, after D4RL's own checks; an id is looked up where D4RL and Minari keep their downloads")
    .argument("<file or id>", "hopper_medium-v2.hdf5, a Minari folder, hopper-medium-v2, mujoco/hopper/medium-v0")
    .option("--as <id>", "id to keep it under, if the file's name does not tell")
    .option("--robot <name>", "hopper, halfcheetah or walker2d, if the name does not tell")
    .option("--force", "replace a data set of that id")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: npx --no llmdpd data import ~/.d4rl/datasets/hopper_medium-v2.hdf5")
    .action(async (fileOrId: string, { as, robot, force = false, json = false }: Options) => {
      const imported = await importData(fileOrId, { force, onProgress: terminalProgress(), ...(as === undefined ? {} : { as }), ...(robot === undefined ? {} : { robot: robot as RobotName }) });
      if (json) console.log(JSON.stringify(imported, undefined, 2));
      else printImported(imported);
    });
}
