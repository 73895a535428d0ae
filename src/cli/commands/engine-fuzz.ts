import { InvalidArgumentError, Option, type Command } from "commander";
import { group } from "../group.js";
import { deviceNames, fuzz, type Device, type FuzzFailure } from "../../engine/index.js";
import { terminalProgress, UserError } from "../../util/index.js";

/** `llmdpd engine fuzz`: random programs on a device, compared with jax-js. */
export function register(program: Command): void {
  group(program, "engine")
    .command("fuzz")
    .description("compile random programs and compare their results with those of jax-js; exits 1 if any differ")
    .option("--count <n>", "number of programs", wholeNumber, 20_000)
    .addOption(new Option("--device <name...>", "devices to check").choices(deviceNames).default(["auto"]))
    .option("--seed <n>", "which programs", wholeNumber, 0)
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: npx --no llmdpd engine fuzz --count 500 --device xla tfjs")
    .action(async ({ count, device, seed, json = false }: { count: number; device: Device[]; seed: number; json?: boolean }) => {
      const report = await fuzz({ count, seed, devices: device, onProgress: terminalProgress() });
      if (json) console.log(JSON.stringify(report, undefined, 2));
      else {
        report.failures.forEach(printFailure);
        for (const [reason, times] of Object.entries(report.refused)) console.log(`${times} refused: ${reason}`);
        console.log(`${report.programs} programs on ${report.devices.join(", ")}: ${report.failures.length} differ from jax-js; ${report.illConditioned} too sensitive to compare, ${report.withoutReference} that jax-js cannot run.`);
      }
      if (report.failures.length > 0) throw new UserError(`${report.failures.length} of ${report.programs} programs differ from jax-js.`);
    });
}

function printFailure({ device, program, reason, graph }: FuzzFailure): void {
  console.log(`${device}: ${reason}\nprogram ${JSON.stringify(program)}\n${graph}\n`);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError("A whole number of at least 0 is required.");
  return value;
}
