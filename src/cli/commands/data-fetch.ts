import type { Command } from "commander";
import { group } from "../group.js";
import { fetchData } from "../../datasets/index.js";
import { terminalProgress } from "../../util/index.js";
import { printImported } from "./data-import.js";

/** `llmdpd data fetch <id>`: D4RL's and Minari's locomotion data over the network. */
export function register(program: Command): void {
  group(program, "data")
    .command("fetch")
    .description("download a D4RL or Minari data set of hopper, halfcheetah or walker2d (some have hundreds of MB) and import it; goes on where it was cut off, and records the checksum")
    .argument("<id>", "hopper-medium-v2, walker2d-medium-replay-v2, mujoco/hopper/medium-v0, …")
    .option("--mirror <url...>", "folders to ask before the known ones")
    .option("--force", "download although the data set is here")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: npx --no llmdpd data fetch hopper-medium-replay-v2")
    .action(async (id: string, { mirror, force = false, json = false }: { mirror?: string[]; force?: boolean; json?: boolean }) => {
      const fetched = await fetchData(id, { force, onProgress: terminalProgress(), ...(mirror === undefined ? {} : { mirrors: mirror }) });
      if (json) console.log(JSON.stringify(fetched, undefined, 2));
      else printImported(fetched);
    });
}
