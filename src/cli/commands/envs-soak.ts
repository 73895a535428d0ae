import { InvalidArgumentError, Option, type Command } from "commander";
import { group } from "../group.js";
import { soakEnvs } from "../../benchmarks/index.js";
import { resolveTasks } from "../../datasets/index.js";
import type { SimulationBackend } from "../../envs/index.js";
import { UserError, terminalProgress } from "../../util/index.js";
import { tableLines } from "../table.js";

/** Resident memory may move this much without a leak: the allocators keep freed blocks. */
const allowedGrowthMb = 20;

/** `llmdpd envs soak`: random actions over all tasks, and the process's memory along the way. */
export function register(program: Command): void {
  group(program, "envs")
    .command("soak")
    .description("play random actions over all tasks, loading and freeing scenes; exits 1 if something breaks or memory grows")
    .option("--steps <n>", "environment steps in all", wholeNumber, 1_000_000)
    .option("--tasks <names>", "task names or sets, with commas", (text: string) => text.split(","), ["all"])
    .addOption(new Option("--backend <name>", "MuJoCo build").choices(["auto", "native", "wasm"]).default("auto"))
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Each visit loads a task's scene, plays two episodes of 500 random actions, and frees it. Every number of every observation
must be finite, every reward within 0 and 10. Memory is measured after a full garbage collection; its growth is
that of the lowest resident size, from the second quarter of the run to the last.

Example: npx --no llmdpd envs soak --steps 50000`,
    )
    .action(async ({ steps, tasks, backend, json = false }: { steps: number; tasks: string[]; backend: SimulationBackend | "auto"; json?: boolean }) => {
      const report = await soakEnvs({ steps, tasks: resolveTasks(tasks), backend, onProgress: terminalProgress() });
      const verdict = report.growthMb <= allowedGrowthMb;
      if (json) console.log(JSON.stringify({ ...report, ok: verdict }, undefined, 2));
      else {
        const rows = report.rows.map((row) => [String(row.steps), String(row.episodes), String(row.scenes), row.rssMb.toFixed(1), row.jsHeapMb.toFixed(1), row.nativeMb.toFixed(1)]);
        for (const line of tableLines([["steps", "episodes", "scenes", "resident MB", "JS heap MB", "native MB"], ...rows])) console.log(line);
        console.log(`${report.tasks} tasks, MuJoCo ${report.backend}, ${Math.round(report.stepsPerSecond)} steps per second of processor time.`);
        console.log(`No crash, no NaN. Growth from the second quarter to the last: ${report.growthMb.toFixed(1)} MB: ${verdict ? "flat" : "GROWING"}.`);
      }
      if (!verdict) throw new UserError(`Memory grew by ${report.growthMb.toFixed(1)} MB from the second quarter of the run to the last: at most ${allowedGrowthMb} MB is expected.`);
    });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("A whole number of at least 1 is required.");
  return value;
}
