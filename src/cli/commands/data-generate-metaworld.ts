import { type Command, InvalidArgumentError, Option } from "commander";
import { group } from "../group.js";
import { type PresetName, defaultNoise, generateMetaworld, presetNames, presets, resolveTasks, taskSetNames } from "../../datasets/index.js";
import type { SimulationBackend } from "../../envs/index.js";
import { stopSignal, stoppedExitCode } from "../../experiments/index.js";
import { formatDuration, terminalProgress } from "../../util/index.js";
import { printSummary } from "./data-show.js";

interface Options {
  readonly tasks: string[];
  readonly episodes: number;
  readonly seed: number;
  readonly out: string;
  readonly preset?: PresetName;
  readonly noise?: number[];
  readonly pastSuccess: number;
  readonly maxSteps: number;
  readonly threads?: number;
  readonly backend: SimulationBackend | "auto";
  readonly force?: boolean;
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new InvalidArgumentError("A number is needed.");
  return value;
}

/** Lists may be written with spaces or commas. */
const parseNames = (text: string, before: readonly string[] = []): string[] => [...before, ...text.split(",").filter((name) => name !== "")];
const parseNumbers = (text: string): number[] => text.split(",").map(parseNumber);

/** The presets with the reason of each share, for `--help`. */
function describePresets(): string {
  return presetNames
    .map((name) => {
      const shares = presets[name].shares.map(({ behaviour, noise, ofTwenty, reason }) => `    ${`${5 * ofTwenty} %`.padStart(5)}  ${`${behaviour}${noise > 0 ? ` ${noise}` : ""}`.padEnd(10)}  ${reason}`);
      return [`  ${name}: ${presets[name].about}`, ...shares].join("\n");
    })
    .join("\n");
}

/** `llmdpd data generate metaworld`: recorded episodes as Minari datasets. */
export function register(program: Command): void {
  group(group(program, "data"), "generate")
    .command("metaworld")
    .description("roll out Meta-World's scripted experts with seeded goals and a seeded mixture of behaviours, one Minari dataset per task")
    .requiredOption("--tasks <names...>", `task names, or the sets ${taskSetNames.join(", ")}; with spaces or commas`, parseNames)
    .addOption(new Option("--preset <name>", "mixture of behaviours, see below").choices(presetNames).conflicts("noise"))
    .option("--noise <levels>", `without a preset: standard deviations of the expert's action noise, one drawn per episode; with commas (default: ${defaultNoise.join(",")})`, parseNumbers)
    .option("--episodes <count>", "episodes per task, each with its own goal", parseNumber, 30)
    .option("--seed <number>", "seed of goals, behaviours and noise", parseNumber, 0)
    .requiredOption("--out <name>", "name below data/raw/metaworld/, or a path with a slash in it")
    .option("--max-steps <count>", "longest episode in steps", parseNumber, 500)
    .option("--past-success <count>", "steps recorded after the first success; 500 records every episode to its end", parseNumber, 20)
    .option("--threads <count>", "worker threads (default: one per core); the data do not depend on it", parseNumber)
    .addOption(new Option("--backend <name>", "MuJoCo build").choices(["auto", "native", "wasm"]).default("auto"))
    .option("--force", "replace a data set of that name, or an unfinished one that was begun with other options")
    .addHelpText(
      "after",
      `
Presets:
${describePresets()}

The same options give the same numbers and checksums, whatever the number of threads. Stopped by Ctrl-C or killed, the
same command goes on where it was. \`data show\`, \`verify\`, \`sample\` and \`export\` look at the result.

Examples:
  npx --no llmdpd data generate metaworld --tasks drawer-open,drawer-close --episodes 10 --out drawers
  npx --no llmdpd data generate metaworld --tasks ml45-train --preset mixed --episodes 60 --seed 1 --out ml45-mixed`,
    )
    .action(async ({ tasks, pastSuccess: stepsPastSuccess, ...options }: Options) => {
      const start = Date.now();
      const signal = stopSignal();
      try {
        const { path, tasks: rows, stamps, collectedSteps } = await generateMetaworld({ ...options, stepsPastSuccess, tasks: resolveTasks(tasks), signal, onProgress: terminalProgress() });
        printSummary(rows, stamps);
        const milliseconds = Date.now() - start;
        console.log(`Wrote ${path} in ${formatDuration(milliseconds)}: ${collectedSteps} steps collected, ${Math.round((1000 * collectedSteps) / milliseconds)} steps/s.`);
      } catch (error) {
        if (!signal.aborted) throw error;
        console.error("\nStopped. The same command goes on from here.");
        process.exitCode = stoppedExitCode;
      }
    });
}
