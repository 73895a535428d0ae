import { InvalidArgumentError, Option, type Command } from "commander";
import { group } from "../group.js";
import { printImported } from "./data-import.js";
import { robotNames, type RobotName } from "../../envs/index.js";
import { generateLocomotion, regeneratedKinds, stopSignal, stoppedExitCode, type RegeneratedKind } from "../../experiments/index.js";
import { terminalProgress } from "../../util/index.js";

interface Options {
  readonly robot: RobotName;
  readonly dataset: RegeneratedKind;
  readonly steps?: number;
  readonly noise?: number;
  readonly seed: number;
  readonly run?: string;
  readonly force?: boolean;
}

function atLeast(least: number, { whole }: { whole: boolean }): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= least) || (whole && !Number.isInteger(value))) throw new InvalidArgumentError(`A ${whole ? "whole " : ""}number of at least ${least} is needed.`);
    return value;
  };
}

/** `llmdpd data generate locomotion`: data in D4RL's layout where D4RL's own cannot be had. */
export function register(program: Command): void {
  group(group(program, "data"), "generate")
    .command("locomotion")
    .description("regenerate a locomotion data set in D4RL's layout from TD3 policies of known level; it is not D4RL's own and is labelled so")
    .addOption(new Option("--robot <name>", "robot of D4RL's locomotion suite").choices(robotNames).makeOptionMandatory())
    .addOption(new Option("--dataset <kind>", "kind of data set").choices([...regeneratedKinds]).makeOptionMandatory())
    .option("--steps <count>", "rows of medium and of expert (default: 1000000)", atLeast(1, { whole: true }))
    .option("--noise <deviation>", "Gaussian noise on the actions of medium and of expert (default: 0.1)", atLeast(0, { whole: false }))
    .option("--seed <number>", "seed of starts and noise; for medium-replay, of the training", atLeast(0, { whole: true }), 0)
    .option("--run <folder>", "for medium-replay: folder of the training (default: data/runs/behaviour/<robot>-seed<seed>)")
    .option("--force", "replace a data set of that id")
    .addHelpText("after", `
medium and expert play the policies of data/policies/locomotion; medium-expert joins the two as D4RL does; medium-replay
is every finished episode of a training (\`data train-behaviour\`) up to its medium policy. The data set is kept as
<robot>-<kind>-regenerated, with whatever differs from the defaults at its end (-steps100000): \`data show\` describes it,
and everything that takes an id of D4RL takes it.

Example: npx --no llmdpd data generate locomotion --robot hopper --dataset medium --steps 100000`)
    .action(async (options: Options) => {
      const signal = stopSignal();
      try {
        const { distribution, ...imported } = await generateLocomotion({ ...options, signal, onProgress: terminalProgress() });
        printImported(imported);
        if (distribution === undefined) return;
        const { lowest, quarter, median, threeQuarters, highest } = distribution;
        console.log(`Distribution of returns: lowest ${lowest.toFixed(1)}, quartiles ${quarter.toFixed(1)}, ${median.toFixed(1)} and ${threeQuarters.toFixed(1)}, highest ${highest.toFixed(1)}. Regenerated, not D4RL's own.`);
      } catch (error) {
        if (!signal.aborted) throw error;
        console.error("\nStopped; nothing was written.");
        process.exitCode = stoppedExitCode;
      }
    });
}
