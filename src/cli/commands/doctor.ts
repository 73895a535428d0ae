import type { Command } from "commander";
import { devices, type DeviceRow } from "../../engine/index.js";

/** `llmdpd doctor`: which devices work here, which one is picked, and how to get the others. */
export function register(program: Command): void {
  program
    .command("doctor")
    .description("show where programs can run here, what is picked, and how to get the rest")
    .option("--json", "print JSON")
    .action(async ({ json = false }: { json?: boolean }) => {
      const rows = await devices();
      console.log(json ? JSON.stringify(rows, undefined, 2) : table(rows));
    });
}

function table(rows: readonly DeviceRow[]): string {
  const lines = rows.map(({ device, works, picked, detail }) => `${picked ? "→" : " "} ${device.padEnd(8)} ${(works ? "works" : "no").padEnd(6)} ${detail}`);
  return ["  device   state  detail", ...lines].join("\n");
}
