import { Command } from "commander";
import { UserError } from "../util/index.js";
import { register as registerDataGenerateMetaworld } from "./commands/data-generate-metaworld.js";
import { register as registerDataShow } from "./commands/data-show.js";
import { register as registerParityMetaworld } from "./commands/parity-metaworld.js";
import { register as registerEvaluate } from "./commands/evaluate.js";
import { register as registerModels } from "./commands/models.js";
import { register as registerParityText } from "./commands/parity-text.js";
import { register as registerPrompts } from "./commands/prompts.js";
import { register as registerPublish } from "./commands/publish.js";
import { register as registerRuns } from "./commands/runs.js";
import { register as registerStudy } from "./commands/study.js";
import { register as registerTrain } from "./commands/train.js";

const program = new Command("llmdpd")
  .description("LLM-Driven Policy Diffusion: offline reinforcement learning that generalises to unseen tasks")
  .showHelpAfterError("Add --help for the options and an example.");

for (const register of [registerDataGenerateMetaworld, registerDataShow, registerParityMetaworld, registerParityText, registerModels, registerPrompts, registerEvaluate, registerPublish, registerRuns, registerStudy, registerTrain]) register(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
