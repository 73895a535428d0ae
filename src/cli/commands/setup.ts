import { Option, type Command } from "commander";
import { assetFolder } from "../../util/index.js";
import { setupCuda } from "../setup-cuda.js";
import { group } from "../group.js";

interface CudaOptions {
  readonly cuda: "12" | "13";
  readonly pluginOnly?: boolean;
  readonly dryRun?: boolean;
}

/** `llmdpd setup cuda`: installs XLA for NVIDIA in a folder of its own. */
export function register(program: Command): void {
  group(program, "setup")
    .command("cuda")
    .description("install JAX's CUDA plug-in with NVIDIA's libraries (about 2.5 GB to download; says what it needs before it begins)")
    .addOption(new Option("--cuda <major>", "13 needs driver 580 or newer, 12 driver 525 or newer").choices(["13", "12"]).default("13"))
    .option("--plugin-only", "only the plug-in, where CUDA's libraries are on the machine already")
    .option("--dry-run", "print the plan, install nothing")
    .addHelpText("after", "\nExample: npx --no llmdpd setup cuda --dry-run")
    .action(async ({ cuda, pluginOnly = false, dryRun = false }: CudaOptions) => setupCuda({ cuda, pluginOnly, dryRun, folder: assetFolder("xla-cuda"), say: (line) => console.log(line) }));
}
