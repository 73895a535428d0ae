import type { Command } from "commander";
import { group } from "../group.js";
import { verifyDataset } from "../../datasets/index.js";
import { UserError, terminalProgress } from "../../util/index.js";
import { tableLines } from "../table.js";

/** `llmdpd data verify <dataset>`: every check on every number, and exit code 1 if one fails. */
export function register(program: Command): void {
  group(program, "data")
    .command("verify")
    .description("check a data set: checksums, lengths, NaN, action range, flags, provenance; exits 1 if something is wrong")
    .argument("<dataset>", "name below data/raw/metaworld/, or a path: the data set, one task's folder, or its main_data.hdf5")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Checked for each episode: shapes fit each other and the declared number of steps, no NaN or infinity, actions within
[−1, 1], rewards within [0, 10], no terminal step, only the last step truncated, success as infos/success says, seed,
behaviour and noise as the provenance declares them. Checked for each task: provenance, counts in metadata.json, and the
SHA-256 over all numbers. Of an imported D4RL or Minari data set: the SHA-256 of its file.

Example: npx --no llmdpd data verify mine`,
    )
    .action(async (name: string, { json = false }: { json?: boolean }) => {
      const verdicts = await verifyDataset(name, { onProgress: terminalProgress() });
      const bad = verdicts.filter(({ problems }) => problems.length > 0);
      if (json) console.log(JSON.stringify({ ok: bad.length === 0, tasks: verdicts }, null, 2));
      else {
        const rows = verdicts.map(({ task, episodes, steps, problems }) => [task, String(episodes), String(steps), problems.length === 0 ? "ok" : "WRONG"]);
        for (const line of tableLines([["task", "episodes", "steps", "verdict"], ...rows])) console.log(line);
        for (const { file, problems } of bad) console.log(`\n${file}:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
      }
      if (bad.length > 0) throw new UserError(`Cannot trust "${name}": ${bad.length} of ${verdicts.length} tasks have problems.`);
    });
}
