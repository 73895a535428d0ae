import { join } from "node:path";
import { InvalidArgumentError, type Command } from "commander";
import { expertSuccess } from "../../benchmarks/index.js";
import { resolveTasks } from "../../datasets/index.js";
import { projectRoot, terminalProgress } from "../../util/index.js";
import { group } from "../group.js";
import { tableLines } from "../table.js";

interface Options {
  readonly tasks: readonly string[];
  readonly reference: string;
  readonly seed?: number;
  readonly goals: number;
  readonly json?: boolean;
}

/** `llmdpd envs experts`: success of the scripted experts. */
export function register(program: Command): void {
  group(program, "envs")
    .command("experts")
    .description("play the scripted experts at 20 goals of each task, beside the Python package's at the same goals; exits 1 if one falls behind")
    .option("--tasks <names>", "task names or sets, with commas", (text: string) => text.split(","), ["all"])
    .option("--reference <file>", "recorded success of the Python package", join(projectRoot(), "test", "golden", "expert_success.json"))
    .option("--seed <n>", "draw goals of our own with this seed, without a reference", wholeNumber)
    .option("--goals <n>", "how many of them", wholeNumber, 20)
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: npx --no llmdpd envs experts --tasks ml45-test")
    .action(async ({ tasks, reference, seed, goals, json = false }: Options) => {
      const source = seed === undefined ? { reference } : { seed, goals };
      const report = await expertSuccess({ tasks: resolveTasks([...tasks]), ...source, onProgress: terminalProgress() });
      if (json) console.log(JSON.stringify(report, undefined, 2));
      else {
        const rows = report.rows.map(({ task, goals: count, success, python, sameStep }) => [task, String(count), success.toFixed(2), python?.toFixed(2) ?? "–", sameStep === null ? "–" : String(sameStep)]);
        for (const line of tableLines([["task", "goals", "success", "Python", "same step"], ...rows])) console.log(line);
        console.log(`Mean ${report.mean.toFixed(3)}${report.pythonMean === null ? "" : `, Python ${report.pythonMean.toFixed(3)}`}. Same step: goals that both reach at the same step, or never.`);
        for (const failure of report.failures) console.log(`FAILED: ${failure}`);
      }
      if (report.failures.length > 0) process.exitCode = 1;
    });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError(`A whole number of at least 0 is required, got "${text}".`);
  return value;
}
