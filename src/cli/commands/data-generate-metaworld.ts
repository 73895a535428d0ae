import { type Command, InvalidArgumentError, Option } from "commander";
import { group } from "../group.js";
import { defaultNoise, generateMetaworld, resolveTasks } from "../../datasets/index.js";
import type { SimulationBackend } from "../../envs/index.js";
import { formatDuration, terminalProgress } from "../../util/index.js";
import { printSummary } from "./data-show.js";

interface Options {
  readonly tasks: string[];
  readonly episodes: number;
  readonly seed: number;
  readonly out: string;
  readonly noise: number[];
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

/** `llmdpd data generate metaworld`: expert episodes as Minari datasets. */
export function register(program: Command): void {
  group(group(program, "data"), "generate")
    .command("metaworld")
    .description("roll out Meta-World's scripted experts with seeded goals and a seeded mix of action noise, one Minari dataset per task")
    .requiredOption("--tasks <names...>", "task names, or the sets all, ml45-train, ml45-test; with spaces or commas", parseNames)
    .option("--episodes <count>", "episodes per task, each with its own goal", parseNumber, 30)
    .option("--seed <number>", "seed of goals and noise", parseNumber, 0)
    .requiredOption("--out <name>", "name below data/raw/metaworld/, or a path with a slash in it")
    .option("--noise <levels>", "standard deviations of the action noise, one drawn per episode; with commas", parseNumbers, [...defaultNoise])
    .option("--max-steps <count>", "longest episode in steps", parseNumber, 500)
    .option("--threads <count>", "worker threads (default: one per core); the data do not depend on it", parseNumber)
    .addOption(new Option("--backend <name>", "MuJoCo build").choices(["auto", "native", "wasm"]).default("auto"))
    .option("--force", "replace a data set of that name")
    .addHelpText("after", "\nExample: npx --no llmdpd data generate metaworld --tasks drawer-open,drawer-close --episodes 10 --seed 0 --out drawers")
    .action(async ({ tasks, ...options }: Options) => {
      const start = Date.now();
      const dataset = await generateMetaworld({ ...options, tasks: resolveTasks(tasks), onProgress: terminalProgress() });
      printSummary(dataset);
      console.log(`Wrote ${dataset.path} in ${formatDuration(Date.now() - start)}.`);
    });
}
