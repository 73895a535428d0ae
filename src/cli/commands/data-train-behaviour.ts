import { relative } from "node:path";
import { Argument, Option, type Command } from "commander";
import { group } from "../group.js";
import { robotNames, type RobotName } from "../../envs/index.js";
import {
  behaviourConfig, behaviourConfigFields, behaviourLevels, behaviourSettings, launcherProgress, moveAside, openRun, publishBehaviour, runPath, stopSignal, stoppedExitCode, trainBehaviour, type BehaviourLevel,
} from "../../experiments/index.js";
import { UserError, terminalProgress } from "../../util/index.js";

interface Options {
  readonly level?: BehaviourLevel;
  readonly seed: string;
  readonly set: readonly string[];
  readonly as: string;
  readonly fresh?: boolean;
  readonly publish?: boolean;
  readonly fields?: boolean;
}

const levels = Object.keys(behaviourLevels) as BehaviourLevel[];
const aboutLevels = levels.map((level) => `  ${level}: ${behaviourLevels[level].about}`).join("\n");

/** `llmdpd data train-behaviour`: a robot's policy by online TD3, of which data are recorded. */
export function register(program: Command): void {
  group(program, "data")
    .command("train-behaviour")
    .description("train a robot's behaviour by online TD3, for regenerated locomotion data; goes on from the last checkpoint")
    .addArgument(new Argument("<robot>", "robot of D4RL's locomotion suite").choices(robotNames))
    .addOption(new Option("--level <name>", "train until this level is reached, see below (default: all steps)").choices(levels))
    .option("--seed <n>", "training seed", "0")
    .option("--set <key=value>", "override a field (repeatable; --fields lists them)", (value: string, all: readonly string[]) => [...all, value], [])
    .option("--as <name>", "folder below data/runs", "behaviour")
    .option("--fresh", "move an earlier run of that name aside and start anew")
    .option("--publish", "play the level's policy 100 times and put it into data/policies/locomotion, which is part of the repository")
    .option("--fields", "list all fields with default, unit and source")
    .addHelpText("after", `
Levels, by D4RL's score of an evaluation of ten episodes (random is 0, D4RL's expert 100):
${aboutLevels}

Stopped by Ctrl-C or killed, the same command goes on where it was, with the same numbers as without the stop. Every
step is kept in the run's folder; every evaluation leaves its policy there.

Examples:
  npx --no llmdpd data train-behaviour hopper --level medium
  npx --no llmdpd data train-behaviour hopper --set steps=2000 --set startSteps=1000 --set evaluateEvery=1000 --as trial`)
    .action(async (robot: RobotName, options: Options) => {
      if (options.fields === true) return printFields();
      const { level, publish = false } = options;
      if (publish && level === undefined) throw new UserError("Cannot use --publish: --level medium or --level expert is required with it.");
      const signal = stopSignal();
      const onProgress = launcherProgress() ?? terminalProgress();
      const path = await openNew(robot, options);
      const outcome = await trainBehaviour(path, { onProgress, signal, ...(level === undefined ? {} : { level }) });
      const place = relative(process.cwd(), path);
      if (outcome === "stopped") {
        process.exitCode = stoppedExitCode;
        return console.log("Stopped. The same command goes on from here.");
      }
      console.log(outcome === "reached" ? `Reached level ${level}: ${place}` : `Trained: ${place}`);
      if (!publish || level === undefined) return;
      const { file, score, bytes, step } = await publishBehaviour(path, { level, onProgress });
      console.log(`Wrote ${relative(process.cwd(), file)}: ${robot}, ${level}, step ${step}, score ${score.toFixed(1)} over 100 episodes, ${Math.round(bytes / 1000)} kB.`);
    });
}

async function openNew(robot: RobotName, { seed, set, as, fresh = false }: Options): Promise<string> {
  const number = Number(seed);
  if (!Number.isInteger(number)) throw new UserError(`Cannot use --seed "${seed}": a whole number is required.`);
  const config = behaviourConfig(behaviourSettings(set), { robot, seed: number });
  const path = runPath(as, { variant: robot, seed: number });
  if (fresh) await moveAside(path);
  await openRun(path, { config });
  return path;
}

function printFields(): void {
  for (const { key, default: value, unit, about, source } of behaviourConfigFields()) {
    console.log(`${key}=${JSON.stringify(value)}${unit === undefined ? "" : ` (${unit})`}\n    ${about}. Source: ${source}`);
  }
}
