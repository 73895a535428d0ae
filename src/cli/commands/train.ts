import { relative, resolve } from "node:path";
import type { Command } from "commander";
import {
  checkEncoder, launcherProgress, moveAside, openRun, prepareTexts, readConfig, runConfigFields, runPath, runSettings, stoppedExitCode, stopSignal, studyNamed, studyNames, studyRunConfig, suiteOf, trainRun, variantNames, type Study,
} from "../../experiments/index.js";
import { UserError, terminalProgress } from "../../util/index.js";

interface Options {
  readonly run?: string;
  readonly study: string;
  readonly preset?: string;
  readonly variant: string;
  readonly seed: string;
  readonly set: readonly string[];
  readonly as?: string;
  readonly fields?: boolean;
  readonly fresh?: boolean;
}

/** `llmdpd train`: one run, from its last checkpoint to the end. */
export function register(program: Command): void {
  program
    .command("train")
    .description("train one variant; goes on from the last checkpoint")
    .option("--study <name>", `the study whose settings are taken: ${studyNames.join(", ")}`, "quick")
    .option("--preset <name>", "size of a study that comes in several (default: the smallest)")
    .option("--variant <name>", variantNames.join(", "), "full")
    .option("--seed <n>", "training seed", "0")
    .option("--set <key=value>", "override a field (repeatable; --fields lists them)", (value: string, all: readonly string[]) => [...all, value], [])
    .option("--as <name>", "folder below data/runs", "adhoc")
    .option("--run <folder>", "go on with this run; its configuration is kept")
    .option("--fresh", "move an earlier run of that name aside and start anew")
    .option("--fields", "list all fields with their values in this study and variant, default, unit and source")
    .addHelpText("after", "\nExample: npx --no llmdpd train --variant no-text --set train.updates=500 --as trial")
    .action(async (options: Options) => {
      if (options.fields === true) return printFields(options);
      const signal = stopSignal();
      const onProgress = launcherProgress() ?? terminalProgress();
      const path = options.run === undefined ? await openNew(options) : resolve(options.run);
      const config = readConfig(path);
      await suiteOf(config).prepareData([config], { onProgress });
      await prepareTexts([config], { onProgress });
      const outcome = await trainRun(path, { onProgress, signal });
      const place = relative(process.cwd(), path);
      if (outcome === "stopped") process.exitCode = stoppedExitCode;
      console.log(outcome === "stopped" ? "Stopped. The same command goes on from here." : `Trained: ${place}. Next: npx --no llmdpd evaluate ${place}`);
    });
}

const studyOf = ({ study, preset }: Options): Study => studyNamed(study, preset === undefined ? {} : { preset });

async function openNew(options: Options): Promise<string> {
  const { variant, seed, set, as = "adhoc", fresh = false } = options;
  const number = Number(seed);
  if (!Number.isInteger(number)) throw new UserError(`Cannot use --seed "${seed}": a whole number is required.`);
  const study = studyOf(options);
  const config = studyRunConfig(study, { variant, seed: number, overrides: runSettings(set, study), as });
  const path = runPath(as, { variant, seed: number });
  await checkEncoder(config);
  if (fresh) await moveAside(path);
  await openRun(path, { config });
  return path;
}

function printFields(options: Options): void {
  const study = studyOf(options);
  const config = studyRunConfig(study, { variant: options.variant, seed: 0, as: options.as ?? "adhoc" });
  for (const { key, default: usual, unit, about, source } of runConfigFields(study.suite)) {
    const value = key.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], config);
    const notes = [unit, JSON.stringify(value) === JSON.stringify(usual) ? undefined : `default ${JSON.stringify(usual)}`].filter((note) => note !== undefined);
    console.log(`${key}=${JSON.stringify(value)}${notes.length === 0 ? "" : ` (${notes.join("; ")})`}\n    ${about}. Source: ${source}`);
  }
}
