import type { Command } from "commander";
import { group } from "../group.js";
import { coverage } from "../../engine/index.js";

/** `llmdpd engine coverage`: what becomes of each primitive of jax-js. */
export function register(program: Command): void {
  group(program, "engine")
    .command("coverage")
    .description("list every primitive of jax-js: lowered and tested, or refused with the reason")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: npx --no llmdpd engine coverage")
    .action(({ json = false }: { json?: boolean }) => {
      const rows = coverage();
      if (json) return console.log(JSON.stringify(rows, undefined, 2));
      for (const { primitive, family, status, why, testedBy } of rows) {
        console.log(`${primitive.padEnd(17)} ${family.padEnd(12)} ${status.padEnd(8)} ${[why, testedBy].filter(Boolean).join("; ")}`);
      }
      const lowered = rows.filter(({ status }) => status === "lowered").length;
      console.log(`${rows.length} primitives: ${lowered} lowered, ${rows.length - lowered} refused by name.`);
    });
}
