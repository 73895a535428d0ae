import { InvalidArgumentError, type Command } from "commander";
import { availableParallelism } from "node:os";
import { benchEvaluate, benchRollout, commit, machine } from "../../benchmarks/index.js";
import { terminalProgress } from "../../util/index.js";
import { group } from "../group.js";

interface EvaluateOptions {
  readonly run?: string;
  readonly workers?: number;
  readonly episodes: number;
  readonly steps: number;
  readonly candidates: number;
  readonly json?: true;
}

interface RolloutOptions {
  readonly workers: readonly number[];
  readonly episodes: number;
  readonly json?: true;
}

/** `llmdpd bench evaluate` and `bench rollout`: speed of evaluation, and how it grows with the cores. */
export function register(program: Command): void {
  const bench = group(program, "bench");
  bench
    .command("evaluate")
    .description("time LLMDPD on the five test tasks of ML45: 50 episodes each, 500 steps each, in batches over worker threads")
    .option("--run <folder>", "a trained run (default: LLMDPD of the default sizes as it is initialised, T = 5)")
    .option("--workers <n>", "threads that step environments (default: one per core)", count)
    .option("--episodes <n>", "episodes of each task", count, 50)
    .option("--steps <n>", "steps of each episode, at most 500", count, 500)
    .option("--candidates <n>", "actions drawn per step", count, 1)
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: npx --no llmdpd bench evaluate --episodes 10")
    .action(async ({ json, ...options }: EvaluateOptions) => {
      const result = await benchEvaluate({ ...options, onProgress: terminalProgress() });
      if (json === true) return console.log(JSON.stringify({ commit: commit(), machine: machine(), ...result }));
      const { episodes, environmentSteps, seconds, cpuSeconds, stepsPerSecond, workers, candidates } = result;
      console.log(`${episodes} episodes, ${environmentSteps} environment steps, ${candidates} candidate${candidates === 1 ? "" : "s"}, worker threads: ${workers}`);
      console.log(`${seconds.total.toFixed(1)} s: policy loaded and compiled in ${seconds.policy.toFixed(1)} s, played in ${seconds.play.toFixed(1)} s (${stepsPerSecond.toFixed(0)} steps a second); ${cpuSeconds.toFixed(1)} s of processor time`);
      console.log(`Commit ${commit()}, load ${machine().load.toFixed(1)}.`);
    });

  bench
    .command("rollout")
    .description("time rollouts of the experts over worker threads: environment steps per second by number of threads")
    .option("--workers <list>", "numbers of threads, with commas", counts, [1, availableParallelism()])
    .option("--episodes <n>", "episodes of each of ML45's five test tasks, 500 steps each", count, 20)
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: npx --no llmdpd bench rollout --workers 1,2")
    .action(async ({ json, ...options }: RolloutOptions) => {
      const rows = await benchRollout({ ...options, onProgress: terminalProgress() });
      if (json === true) return console.log(JSON.stringify({ commit: commit(), machine: machine(), rows }));
      for (const { workers, stepsPerSecond, scaling } of rows) console.log(`${String(workers).padStart(3)} threads  ${stepsPerSecond.toFixed(0).padStart(7)} steps a second  ${scaling.toFixed(2)}×`);
      console.log(`Commit ${commit()}, load ${machine().load.toFixed(1)}.`);
    });
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError(`A positive whole number is required, got "${text}".`);
  return value;
}

function counts(text: string): number[] {
  return text.split(",").map(count);
}
