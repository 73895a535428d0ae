import { relative, resolve } from "node:path";
import { InvalidArgumentError, Option, type Command } from "commander";
import {
  describeLocomotion, episodesFile, evaluateLocomotion, evaluateRun, isLocomotion, launcherProgress, locomotionBaselines, prepareTexts, protocolNamed, protocolNames, readConfig, stopSignal, suiteOf, type ProtocolName,
} from "../../experiments/index.js";
import { summarise, summariseScores } from "../../stats/index.js";
import { UserError, terminalProgress } from "../../util/index.js";

/** `llmdpd evaluate <run>`: episodes on new goals of seen tasks and on unseen tasks. */
export function register(program: Command): void {
  program
    .command("evaluate")
    .description("play a trained run's evaluation episodes and write its episodes.csv")
    .argument("<run>", "folder of the run, such as data/runs/quick/full-seed0; `runs` lists them")
    .addOption(new Option("--protocol <name>", "how episodes are played (default: as the run's configuration says); another one writes episodes-<name>.csv").choices(protocolNames))
    .option("--workers <n>", "threads that step environments (default: one per core)", wholeNumber)
    .addHelpText("after", `\nProtocols:\n${protocolNames.map((name) => `  ${name}: ${protocolNamed(name).about}`).join("\n")}\n\nExample: npx --no llmdpd evaluate data/runs/quick/full-seed0 --protocol meta-world`)
    .action(async (run: string, options: { protocol?: ProtocolName; workers?: number }) => {
      const path = resolve(run);
      const signal = stopSignal();
      const onProgress = launcherProgress() ?? terminalProgress();
      const config = readConfig(path);
      if (!(locomotionBaselines as readonly string[]).includes(config.variant)) {
        await suiteOf(config).prepareData([config], { onProgress });
        await prepareTexts([config], { onProgress });
      }
      if (isLocomotion(config)) {
        if (options.protocol !== undefined) throw new UserError(`Cannot use --protocol ${options.protocol}: it is Meta-World's, and "${run}" is a run on locomotion, which has one way of evaluation. Leave it out.`);
        const episodes = await evaluateLocomotion(path, { config, onProgress, signal });
        console.log(describeLocomotion({ scores: summariseScores(episodes), episodes }));
        return;
      }
      const records = await evaluateRun(path, { onProgress, signal, ...options });
      for (const { split, task, n, success, low, high } of summarise(records)) {
        console.log(`${split.padEnd(7)} ${task.padEnd(24)} ${(100 * success).toFixed(0).padStart(4)} % (${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)} %), n = ${n}`);
      }
      const file = episodesFile(path, options.protocol === config.evaluate.protocol ? undefined : options.protocol);
      console.log(`Protocol: ${records[0]?.protocol ?? "-"}. Goal ${config.data.goalVisible ? "seen" : "hidden"}. Episodes: ${relative(process.cwd(), file)}`);
    });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("A whole number of at least 1 is required.");
  return value;
}
