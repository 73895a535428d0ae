import { relative } from "node:path";
import type { Command } from "commander";
import { listRuns } from "../../experiments/index.js";
import { formatDuration } from "../../util/index.js";

/** `llmdpd runs`: what is below data/runs. */
export function register(program: Command): void {
  program
    .command("runs")
    .description("list the runs below data/runs with their state")
    .argument("[study]", "only the runs of one study")
    .addHelpText("after", "\nExample: npx --no llmdpd runs quick")
    .action((study?: string) => {
      const runs = listRuns(study);
      if (runs.length === 0) console.log("No runs yet. Start with: npx --no llmdpd study quick");
      for (const { path, status } of runs) {
        const { state, step, updates, trainSeconds, message } = status;
        const progress = updates > 0 ? `${step} of ${updates} updates, ${formatDuration(1000 * trainSeconds)} training` : "";
        console.log(`${relative(process.cwd(), path).padEnd(44)} ${state.padEnd(10)} ${progress}${message === undefined ? "" : `\n    ${message}`}`);
      }
    });
}
