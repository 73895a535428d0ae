import { availableParallelism } from "node:os";
import { InvalidArgumentError, type Command } from "commander";
import { benchStep, commit, machine, profileStep, profileTable, setupBench, stepTable, type StepResult, type StepShape } from "../../benchmarks/index.js";
import type { Device } from "../../engine/index.js";

interface StepOptions {
  readonly batch: number;
  readonly hidden: number;
  readonly threads: readonly number[];
  readonly trajectory: boolean;
  readonly rounds: number;
  readonly steps: number;
  readonly device: Device;
  readonly all?: true;
  readonly profile?: true;
  readonly json?: true;
}

/** The sizes that `--all` times. */
const shapes = [
  { batch: 256, hidden: 256 },
  { batch: 128, hidden: 256 },
  { batch: 64, hidden: 128 },
];

/** `llmdpd bench …`: speed of the update, compared with PyTorch and JAX. */
export function register(program: Command): void {
  const bench = program.command("bench").description("time the training update against PyTorch and JAX");

  bench
    .command("setup")
    .description("create .venv-bench with PyTorch and JAX (about 1.5 GB of disk; says the size before it begins)")
    .addHelpText("after", "\nExample: npx --no llmdpd bench setup")
    .action(() => setupBench({ say: (line) => console.log(line) }));

  bench
    .command("step")
    .description("time one full update, in turns with the same update in PyTorch (eager and compiled) and JAX")
    .option("--batch <n>", "transitions in a batch, a multiple of 16", count, 256)
    .option("--hidden <n>", "width of the hidden layers", count, 256)
    .option("--threads <list>", "cores, pinned: one or several cases", counts, [1, 2])
    .option("--no-trajectory", "without the trajectory prompt")
    .option("--all", "three sizes, with and without the trajectory prompt")
    .option("--rounds <n>", "blocks per peer; the figure is their median", count, 12)
    .option("--steps <n>", "updates in a block", count, 10)
    .option("--device <name>", "what runs our side, see doctor", "auto")
    .option("--profile", "time the parts of our update instead: chain, critics, optimiser, host, transfers (all cores of this process)")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  npx --no llmdpd bench step --batch 128 --threads 1\n  npx --no llmdpd bench step --no-trajectory --profile")
    .action(runStep);
}

async function runStep(options: StepOptions): Promise<void> {
  if (options.profile === true) return profile(options);
  const { rounds, steps, device } = options;
  const results: StepResult[] = [];
  for (const shape of casesOf(options)) {
    const label = `batch ${shape.batch}, hidden ${shape.hidden}, ${shape.trajectory ? "with" : "without"} trajectory, ${shape.threads} core${shape.threads === 1 ? "" : "s"}`;
    const say = (line: string): void => void (process.stderr.isTTY && process.stderr.write(`\r\u001b[2K${label}: ${line}`));
    results.push(await benchStep(shape, { rounds, steps, device, say }));
    say("done\n");
  }
  console.log(options.json === true ? JSON.stringify({ commit: commit(), machine: machine(), cases: results }) : stepTable(results));
}

async function profile(options: StepOptions): Promise<void> {
  const { rounds, device } = options;
  const say = (line: string): void => void (process.stderr.isTTY && process.stderr.write(`\r\u001b[2K${line}`));
  for (const shape of casesOf({ ...options, threads: [availableParallelism()] })) {
    const result = await profileStep(shape, { device, rounds, say });
    say("");
    console.log(options.json === true ? JSON.stringify({ commit: commit(), machine: machine(), ...shape, ...result }) : profileTable(result));
  }
}

function casesOf({ batch, hidden, threads, trajectory, all }: StepOptions): StepShape[] {
  const sizes = all === true ? shapes.flatMap((size) => [true, false].map((reads) => ({ ...size, trajectory: reads }))) : [{ batch, hidden, trajectory }];
  return threads.flatMap((cores) => sizes.map((size) => ({ ...size, threads: cores })));
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError(`A positive whole number is required, got "${text}".`);
  return value;
}

function counts(text: string): number[] {
  return text.split(",").map(count);
}
