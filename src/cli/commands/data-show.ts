import type { Command } from "commander";
import { group } from "../group.js";
import { type Dataset, readDataset, summarize } from "../../datasets/index.js";

const columns = ["task", "episodes", "steps", "success", "return mean", "min", "max", "checksum"];

/** Prints a row per task and one for all of them, and how the data came about. */
export function printSummary({ tasks, stamps }: Dataset): void {
  const rows = summarize({ tasks });
  const cells = rows.map((row) => [
    row.task,
    String(row.episodes),
    String(row.steps),
    `${row.successes}/${row.episodes}`,
    row.returnMean.toFixed(1),
    row.returnMin.toFixed(1),
    row.returnMax.toFixed(1),
    stamps.get(row.task)?.checksum.slice(0, 12) ?? "",
  ]);
  const sum = (count: (row: (typeof rows)[number]) => number): number => rows.reduce((total, row) => total + count(row), 0);
  const episodes = sum((row) => row.episodes);
  cells.push([`all ${rows.length}`, String(episodes), String(sum((row) => row.steps)), `${sum((row) => row.successes)}/${episodes}`, "", "", "", ""]);
  const widths = columns.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)));
  for (const row of [columns, ...cells]) console.log(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "));
  const [stamp] = stamps.values();
  if (stamp === undefined) return;
  const { generator, seed, expert, noise, observability, maxSteps, stepsPastSuccess, simulator } = stamp;
  console.log(`Made by ${generator}: ${expert} expert, action noise drawn from ${noise.join(", ")}, seed ${seed}, ${observability}, at most ${maxSteps} steps, ${stepsPastSuccess} past the first success, ${simulator}.`);
}

/** `llmdpd data show <dataset>`: episodes, steps, success and returns per task. */
export function register(program: Command): void {
  group(program, "data")
    .command("show")
    .description("print episodes, steps, success and returns of each task of a data set, after checking it")
    .argument("<dataset>", "name below data/raw/metaworld/, or a path: the data set, one task's folder, or its main_data.hdf5")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: npx --no llmdpd data show quick")
    .action(async (name: string, { json = false }: { json?: boolean }) => {
      const dataset = await readDataset(name);
      if (json) console.log(JSON.stringify({ path: dataset.path, tasks: summarize(dataset), stamps: Object.fromEntries(dataset.stamps) }, null, 2));
      else printSummary(dataset);
    });
}
