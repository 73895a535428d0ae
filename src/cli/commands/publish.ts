import { relative } from "node:path";
import type { Command } from "commander";
import { publishStudy } from "../../experiments/index.js";

/** `llmdpd publish <study>`: tables and figures into the committed folders. */
export function register(program: Command): void {
  program
    .command("publish")
    .description("copy a study's tables to data/results/<study>/ and its figures to figures/, with provenance")
    .argument("<study>", "name of the study's folder below data/runs")
    .addHelpText("after", "\nExample: npx --no llmdpd publish quick")
    .action(async (study: string) => {
      const { files, uncommitted } = await publishStudy(study);
      for (const path of files) console.log(relative(process.cwd(), path));
      if (uncommitted.length > 0) console.error(`Made with changes that no commit holds, so nobody can make them again: ${uncommitted.join(", ")}. Commit, then \`study\` with --fresh, and publish again.`);
    });
}
