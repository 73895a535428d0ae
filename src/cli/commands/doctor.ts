import type { Command } from "commander";
import { devices, type DeviceRow } from "../../engine/index.js";
import { chooseBackend } from "../../envs/index.js";

/** `llmdpd doctor`: which devices and simulators work here, which ones are picked and why, and how to get the others. */
export function register(program: Command): void {
  program
    .command("doctor")
    .description("show which devices and simulators were found, what is picked and why, and how to get the rest")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: npx --no llmdpd doctor --json")
    .action(async ({ json = false }: { json?: boolean }) => {
      const rows = await devices();
      const simulator = await chooseBackend();
      console.log(json ? JSON.stringify({ devices: rows, simulator }, undefined, 2) : `${table(rows)}\n\nsimulator: ${simulator.chosen}, ${simulator.reason}`);
    });
}

function table(rows: readonly DeviceRow[]): string {
  const width = Math.max(...rows.map(({ device }) => device.length));
  const lines = rows.flatMap(({ device, about, works, picked, found, version, reason, get }) => {
    const detail = [found, version].filter((text) => text !== undefined).join("; ");
    const more = [...(detail === "" ? [] : [detail]), reason, ...(works ? [] : [`to get it: ${get}`])];
    return [`${picked ? "→" : " "} ${device.padEnd(width)}  ${works ? "works" : "no   "}  ${about}`, ...more.map((text) => `${" ".repeat(width + 11)}${text}`)];
  });
  return [`  ${"device".padEnd(width)}  state  what`, ...lines].join("\n");
}
