import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError, messageOf } from "../util/index.js";
import { runConfig, runConfigSchema, type RunConfig } from "./config.js";
import { locomotionConfig, locomotionConfigSchema, type LocomotionConfig } from "./locomotion/config.js";
import { fieldRows, parseSettings, type FieldRow, type Overrides } from "./schema.js";

/** A configuration of a run of any suite. */
export type AnyRunConfig = RunConfig | LocomotionConfig;

/** Whether a configuration, or overrides of one, are of the locomotion suite; Meta-World's do not name theirs. */
export function isLocomotion<C extends AnyRunConfig>(config: C): config is C & LocomotionConfig {
  return "suite" in config;
}

/** A complete configuration of the suite that the layers name. @throws UserError as `runConfig` and `locomotionConfig` do */
export function anyConfig(...layers: readonly Overrides[]): AnyRunConfig {
  return layers.some((layer) => layer["suite"] === "locomotion") ? locomotionConfig(...layers) : runConfig(...layers);
}

const schemas = { metaworld: runConfigSchema, locomotion: locomotionConfigSchema };

/** Overrides from `key=value` texts, as `--set` takes them. */
export function runSettings(settings: readonly string[], { suite }: { suite: keyof typeof schemas }): Overrides {
  return parseSettings(settings, { schema: schemas[suite] });
}

/** The fields of a suite's configuration with default, unit and source. */
export function runConfigFields(suite: keyof typeof schemas = "metaworld"): FieldRow[] {
  return fieldRows(schemas[suite]);
}

/**
 * The configuration of a run's folder.
 *
 * @throws UserError if there is none, or it is not one of this version
 */
export function readConfig(path: string): AnyRunConfig {
  const file = join(path, "config.json");
  if (!existsSync(file)) throw new UserError(`Cannot open run "${path}": a folder with config.json is required. \`npx --no llmdpd runs\` lists them.`);
  try {
    return anyConfig(JSON.parse(readFileSync(file, "utf8")) as Overrides);
  } catch (error) {
    throw new UserError(`Cannot read "${file}": ${messageOf(error)}`, { cause: error });
  }
}

/** The configuration of a Meta-World run's folder. @throws UserError as `readConfig` does, and for a run of another suite */
export function readRunConfig(path: string): RunConfig {
  const config = readConfig(path);
  if (isLocomotion(config)) throw new UserError(`Cannot use run "${path}" here: a run on Meta-World is required, got one on locomotion.`);
  return config;
}
