import { InvalidArgumentError, Option, type Command } from "commander";
import { benchmarkNames, metaworldBenchmark, type Benchmark, type BenchmarkName, type TaskGoals } from "../../envs/index.js";
import { group } from "../group.js";
import { tableLines } from "../table.js";

interface Options {
  readonly benchmark?: BenchmarkName;
  readonly task: string;
  readonly seed: number;
  readonly json?: boolean;
}

/** `llmdpd envs table`: the benchmarks of Meta-World and their splits. */
export function register(program: Command): void {
  group(program, "envs")
    .command("table")
    .description("list Meta-World's benchmarks: tasks and goals for training and testing, and whether the goal is seen")
    .addOption(new Option("--benchmark <name>", "one benchmark, task by task").choices(benchmarkNames))
    .option("--task <name>", "the one task of ml1 and mt1", "reach")
    .option("--seed <n>", "seed of the goals: they equal those of the Python package with this seed", seedOf, 0)
    .option("--json", "print JSON, with every goal if a benchmark is named")
    .addHelpText("after", "\nExample: npx --no llmdpd envs table --benchmark ml10 --json")
    .action(({ benchmark, task, seed, json = false }: Options) => {
      const wanted = benchmark === undefined ? benchmarkNames : [benchmark];
      const made = wanted.map((name) => metaworldBenchmark(name, { seed, ...(name.endsWith("1") ? { task } : {}) }));
      if (json) return console.log(JSON.stringify(made.map((one) => plain(one, benchmark !== undefined)), undefined, 2));
      for (const line of tableLines(benchmark === undefined ? overview(made) : taskRows(made[0] as Benchmark))) console.log(line);
      console.log(`Goals: seed ${seed}, the same as Python's metaworld 3.1.1 draws with it. ${observability}`);
    });
}

const observability =
  "ML hides the goal from the policy (zeros), MT shows it; our studies show it unless data.goalVisible=false, draw goals of their own from the same distributions, and print both with every result.";

function overview(benchmarks: readonly Benchmark[]): string[][] {
  const size = (part: readonly TaskGoals[]): string => (part.length === 0 ? "–" : `${part.length} × ${part[0]?.goals.length}`);
  return [
    ["benchmark", "train (tasks × goals)", "test", "goal", "what"],
    ...benchmarks.map(({ name, train, test, goalVisible, about }) => [name, size(train), size(test), goalVisible ? "seen" : "hidden", about]),
  ];
}

function taskRows({ train, test, goalVisible }: Benchmark): string[][] {
  const rows = (split: string, part: readonly TaskGoals[]): string[][] =>
    part.map(({ task, goals }) => [split, task, String(goals.length), goalVisible ? "seen" : "hidden", [...(goals[0] as Float64Array)].map((value) => value.toFixed(4)).join(" ")]);
  return [["split", "task", "goals", "goal", "first random vector"], ...rows("train", train), ...rows("test", test)];
}

function plain({ train, test, ...rest }: Benchmark, whole: boolean): object {
  const part = (tasks: readonly TaskGoals[]): object[] => tasks.map(({ task, goals }) => ({ task, goals: whole ? goals.map((goal) => [...goal]) : goals.length }));
  return { ...rest, train: part(train), test: part(test) };
}

function seedOf(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < 0) throw new InvalidArgumentError(`A whole number of at least 0 is required, got "${text}".`);
  return value;
}
