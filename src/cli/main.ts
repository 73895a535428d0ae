import { Command } from "commander";
import { UserError, messageOf } from "../util/index.js";
import { register as bench } from "./commands/bench.js";
import { register as benchEnv } from "./commands/bench-env.js";
import { register as benchEvaluate } from "./commands/bench-evaluate.js";
import { register as benchLocomotion } from "./commands/bench-locomotion.js";
import { register as dataExport } from "./commands/data-export.js";
import { register as dataFetch } from "./commands/data-fetch.js";
import { register as dataGenerateLocomotion } from "./commands/data-generate-locomotion.js";
import { register as dataGenerateMetaworld } from "./commands/data-generate-metaworld.js";
import { register as dataImport } from "./commands/data-import.js";
import { register as dataList } from "./commands/data-list.js";
import { register as dataSample } from "./commands/data-sample.js";
import { register as dataShow } from "./commands/data-show.js";
import { register as dataTrainBehaviour } from "./commands/data-train-behaviour.js";
import { register as dataVerify } from "./commands/data-verify.js";
import { register as doctor } from "./commands/doctor.js";
import { register as envsExperts } from "./commands/envs-experts.js";
import { register as envsSoak } from "./commands/envs-soak.js";
import { register as envsTable } from "./commands/envs-table.js";
import { register as engineCoverage } from "./commands/engine-coverage.js";
import { register as engineFuzz } from "./commands/engine-fuzz.js";
import { register as evaluate } from "./commands/evaluate.js";
import { register as exportRun } from "./commands/export.js";
import { register as models } from "./commands/models.js";
import { register as parityLocomotion } from "./commands/parity-locomotion.js";
import { register as parityMetaworld } from "./commands/parity-metaworld.js";
import { register as parityText } from "./commands/parity-text.js";
import { register as prompts } from "./commands/prompts.js";
import { register as publish } from "./commands/publish.js";
import { register as runs } from "./commands/runs.js";
import { register as setup } from "./commands/setup.js";
import { register as soak } from "./commands/soak.js";
import { register as study } from "./commands/study.js";
import { register as train } from "./commands/train.js";
import { register as watch } from "./commands/watch.js";

/** In the order in which `--help` lists them: studies first, then their parts, then what checks and measures. */
const commands = [study, publish, train, evaluate, exportRun, runs, watch, dataGenerateMetaworld, dataGenerateLocomotion, dataTrainBehaviour, dataImport, dataFetch, dataList, dataShow, dataVerify, dataSample, dataExport, prompts, models, doctor, setup, parityMetaworld, parityLocomotion, parityText, bench, benchEnv, benchLocomotion, benchEvaluate, soak, envsTable, envsExperts, envsSoak, engineCoverage, engineFuzz];

const program = new Command("llmdpd")
  .description("LLM-Driven Policy Diffusion: offline reinforcement learning that generalises to unseen tasks")
  .showHelpAfterError("Add --help for the options and an example.")
  .addHelpText("after", "\nStart with: npx --no llmdpd study quick\nEvery command has its own --help with an example.");

for (const register of commands) register(program);

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof UserError ? error.message : unwritable(error));
  process.exitCode = 1;
}

/** What to do about a place that takes no files. @throws the error if it is another */
function unwritable(error: unknown): string {
  const { code = "", path } = error as NodeJS.ErrnoException;
  if (!["EACCES", "EROFS", "EPERM", "ENOSPC", "EDQUOT"].includes(code) || path === undefined) throw error;
  return `Cannot write "${path}": ${messageOf(error)}. Free some space there, or choose a folder that is yours to write; LLMDPD_DATA moves what is downloaded and made.`;
}
