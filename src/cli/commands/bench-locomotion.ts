import { InvalidArgumentError, type Command } from "commander";
import { benchLocomotion, commit, locomotionTable, machine } from "../../benchmarks/index.js";
import { terminalProgress } from "../../util/index.js";
import { group } from "../group.js";

/** `llmdpd bench locomotion`: speed of hopper, halfcheetah and walker2d beside Gymnasium. */
export function register(program: Command): void {
  group(program, "bench")
    .command("locomotion")
    .description("time hopper, halfcheetah and walker2d with random actions, in turns with Gymnasium and the WebAssembly build")
    .option("--steps <n>", "environment steps in a block", count, 2000)
    .option("--rounds <n>", "blocks of each; the figure is their median", count, 7)
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: npx --no llmdpd bench locomotion --rounds 3")
    .action(async ({ json, ...options }: { steps: number; rounds: number; json?: true }) => {
      const result = await benchLocomotion({ ...options, onProgress: terminalProgress() });
      console.log(json === true ? JSON.stringify({ commit: commit(), machine: machine(), ...result }) : locomotionTable(result));
    });
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError(`A whole number from 1 on is required, got "${text}".`);
  return value;
}
