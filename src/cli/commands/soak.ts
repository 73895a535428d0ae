import { InvalidArgumentError, type Command } from "commander";
import { group } from "../group.js";
import { soak } from "../../benchmarks/index.js";
import type { Device } from "../../engine/index.js";
import { terminalProgress, UserError } from "../../util/index.js";

/** Resident memory may move this much without a leak: the allocators keep freed blocks. */
const allowedGrowthMb = 20;

/** `llmdpd engine soak`: many steps, and the process's memory along the way. */
export function register(program: Command): void {
  group(program, "engine")
    .command("soak")
    .description("run a small step many times and print the memory of the process; exits 1 if it grows")
    .option("--steps <n>", "number of steps", wholeNumber, 10_000)
    .option("--device <name>", "auto, xla or jax-js", "auto")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: npx --no llmdpd engine soak --steps 2000")
    .action(async ({ steps, device, json = false }: { steps: number; device: Device; json?: boolean }) => {
      const report = await soak({ steps, device, onProgress: terminalProgress() });
      if (json) console.log(JSON.stringify(report, undefined, 2));
      else {
        console.log(`device ${report.device.device}: ${report.device.reason}`);
        for (const row of report.rows) console.log(`${String(row.steps).padStart(8)} steps  ${row.rssMb.toFixed(1).padStart(7)} MB  loss ${row.loss.toFixed(5)}`);
        console.log(`growth over the second half: ${report.growthMb.toFixed(1)} MB`);
      }
      if (report.growthMb > allowedGrowthMb) throw new UserError(`Memory grew by ${report.growthMb.toFixed(1)} MB over the second half of the run: at most ${allowedGrowthMb} MB is expected.`);
    });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("A whole number of at least 1 is required.");
  return value;
}
