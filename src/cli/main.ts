import { Command } from "commander";
import { UserError } from "../util/index.js";
import { register as registerParityMetaworld } from "./commands/parity-metaworld.js";

const program = new Command("llmdpd")
  .description("LLM-Driven Policy Diffusion: offline reinforcement learning that generalises to unseen tasks")
  .showHelpAfterError("Add --help for the options and an example.");

for (const register of [registerParityMetaworld]) register(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
