import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import type { Command } from "commander";
import { runSettings, runStudy, stopSignal, stoppedExitCode, studyNamed, studyNames, studyPresets, variantNames, type StudyReport } from "../../experiments/index.js";
import { UserError, formatDuration, terminalProgress } from "../../util/index.js";
import { drawStudyFigures } from "../study-figures.js";

interface Options {
  readonly preset?: string;
  readonly set: readonly string[];
  readonly variants?: readonly string[];
  readonly seeds?: readonly string[];
  readonly as?: string;
  readonly fresh?: boolean;
  readonly parallel?: string;
}

/** `llmdpd study <name>`: every run of a study, then its tables and figures. */
export function register(program: Command): void {
  program
    .command("study")
    .description("run a study: collect data, encode prompts, train all variants, evaluate, tables and figures; goes on where it was stopped")
    .argument("<name>", studyNames.join(", "))
    .option("--preset <name>", "size of a study that comes in several, see below (default: the smallest)")
    .option("--set <key=value>", "override a field in every run (repeatable; `train --fields` lists them)", (value: string, all: readonly string[]) => [...all, value], [])
    .option("--variants <names>", `instead of the study's own, comma-separated: ${variantNames.join(", ")}`, (text: string) => text.split(","))
    .option("--seeds <numbers>", "training seeds instead of the study's own, comma-separated", (text: string) => text.split(","))
    .option("--as <name>", "folder below data/runs, if not the study's name")
    .option("--fresh", "move earlier runs of this study aside and start anew")
    .option("--parallel <n>", "processes at a time (default: one per core)")
    .addHelpText("after", () => `\nStudies:\n${studyNames.map(describeEntry).join("\n")}\n\nExamples:\n  npx --no llmdpd study quick --as more-data --set data.episodesPerTask=60\n  npx --no llmdpd study locomotion --preset small`)
    .action(async (name: string, options: Options) => {
      const signal = stopSignal();
      const started = Date.now();
      const preset = options.preset === undefined ? {} : { preset: options.preset };
      const study = studyNamed(name, preset);
      const report = await runStudy(name, {
        ...preset,
        overrides: runSettings(options.set, study),
        onProgress: terminalProgress(),
        signal,
        ...(options.variants === undefined ? {} : { variants: options.variants }),
        ...(options.seeds === undefined ? {} : { seeds: options.seeds.map((text) => wholeNumber(text, "--seeds")) }),
        ...(options.as === undefined ? {} : { as: options.as }),
        ...(options.fresh === undefined ? {} : { fresh: options.fresh }),
        ...(options.parallel === undefined ? {} : { parallel: wholeNumber(options.parallel, "--parallel", 1) }),
      });
      await conclude(report, { started });
    });
}

function describeEntry(name: string): string {
  const presets = studyPresets(name);
  if (presets.length === 0) return `  ${name}: ${studyNamed(name).about}`;
  return [`  ${name}, in data/runs/${name}-<preset>:`, ...presets.map((preset) => `    --preset ${preset.name}: ${preset.about}`)].join("\n");
}

function wholeNumber(text: string, option: string, least = 0): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < least) throw new UserError(`Cannot use ${option} "${text}": a whole number of at least ${least} is required.`);
  return value;
}

async function conclude(report: StudyReport, { started }: { started: number }): Promise<void> {
  const { study, folder, state, tables, description, jobs, seconds } = report;
  const place = relative(process.cwd(), folder) || folder;
  if (state === "stopped") {
    console.log(`\nStopped. The same command goes on from here (${place}).`);
    // Collecting or encoding may still be under way; both write whole files or none.
    process.exit(stoppedExitCode);
  }
  for (const { name, message } of jobs.filter((job) => job.state === "failed")) console.error(`\n${name} failed:\n${message ?? ""}`);
  if (tables !== undefined) {
    await drawStudyFigures(folder);
    const figures = readdirSync(join(folder, "figures")).filter((name) => name.endsWith(".svg"));
    console.log(`\n${description}\n`);
    console.log(`Tables:  ${place}/ (${Object.keys(tables).map((name) => `${name}.csv`).join(", ")})`);
    console.log(`Figures: ${place}/figures/ (${figures.length} figures, each as plotly JSON and SVG)`);
  }
  const phases = Object.entries(seconds).map(([phase, duration]) => `${phase} ${formatDuration(1000 * duration)}`);
  const took = `Took ${formatDuration(Date.now() - started)} (${phases.join(", ")}).`;
  if (state === "failed") {
    console.log(took);
    console.error("What failed is missing in the tables. The same command goes on from here.");
    process.exitCode = 1;
    return;
  }
  console.log(`${took} To keep tables and figures: npx --no llmdpd publish ${study}`);
}
