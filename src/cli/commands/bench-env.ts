import { InvalidArgumentError, type Command } from "commander";
import { benchEnvs, commit, envSides, envTable, machine, type EnvSide } from "../../benchmarks/index.js";
import { taskNames } from "../../envs/index.js";
import { oneOf, terminalProgress } from "../../util/index.js";
import { group } from "../group.js";

interface Options {
  readonly tasks?: readonly string[];
  readonly steps: number;
  readonly rounds: number;
  readonly sides: readonly EnvSide[];
  readonly json?: true;
}

/** `llmdpd bench env`: speed of the simulator. */
export function register(program: Command): void {
  group(program, "bench")
    .command("env")
    .description("time the simulator with the expert acting, in turns with MuJoCo's bare calls, Meta-World's Python package and the WebAssembly build")
    .option("--tasks <names>", "task names with commas (default: all fifty, about five minutes)", tasks)
    .option("--steps <n>", "environment steps in a block, at most 500", count, 200)
    .option("--rounds <n>", "blocks of each; the figure is their median", count, 5)
    .option("--sides <names>", `which to time: ${envSides.join(", ")}`, sides, [...envSides])
    .option("--json", "print JSON: tasks, median, ratios")
    .addHelpText("after", "\nExample: npx --no llmdpd bench env --tasks reach,pick-place,box-close")
    .action(async ({ json, ...options }: Options) => {
      const result = await benchEnvs({ ...options, onProgress: terminalProgress() });
      console.log(json === true ? JSON.stringify({ commit: commit(), machine: machine(), ...result }) : envTable(result));
    });
}

const listed = (text: string): string[] => text.split(",").filter((name) => name !== "");
const tasks = (text: string): string[] => listed(text).map((name) => oneOf(name, taskNames, { what: "task" }));
const sides = (text: string): EnvSide[] => listed(text).map((name) => oneOf(name, envSides, { what: "side" }));

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 500) throw new InvalidArgumentError(`A whole number from 1 to 500 is required, got "${text}".`);
  return value;
}
