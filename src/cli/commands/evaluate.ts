import { relative, resolve } from "node:path";
import type { Command } from "commander";
import { evaluateRun, launcherProgress, prepareData, prepareTexts, readRunConfig, stopSignal } from "../../experiments/index.js";
import { summarise } from "../../stats/index.js";
import { terminalProgress } from "../../util/index.js";

/** `llmdpd evaluate <run>`: episodes on new goals of seen tasks and on unseen tasks. */
export function register(program: Command): void {
  program
    .command("evaluate")
    .description("play a trained run's evaluation episodes and write its episodes.csv")
    .argument("<run>", "folder of the run, such as data/runs/quick/full-seed0; `runs` lists them")
    .addHelpText("after", "\nExample: npx --no llmdpd evaluate data/runs/quick/full-seed0")
    .action(async (run: string) => {
      const path = resolve(run);
      const signal = stopSignal();
      const onProgress = launcherProgress() ?? terminalProgress();
      const config = readRunConfig(path);
      const isBaseline = ["random", "expert"].includes(config.variant);
      if (!isBaseline) {
        await prepareData([config], { onProgress });
        await prepareTexts([config], { onProgress });
      }
      const records = await evaluateRun(path, { onProgress, signal });
      for (const { split, task, n, success, low, high } of summarise(records)) {
        console.log(`${split.padEnd(7)} ${task.padEnd(24)} ${(100 * success).toFixed(0).padStart(4)} % (${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)} %), n = ${n}`);
      }
      console.log(`Episodes: ${relative(process.cwd(), path)}/episodes.csv`);
    });
}
