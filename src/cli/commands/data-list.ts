import type { Command } from "commander";
import { group } from "../group.js";
import { type CatalogTask, listDatasets } from "../../datasets/index.js";
import { dataPath } from "../../util/index.js";
import { formatBytes, tableLines } from "../table.js";

/** Counts of some Minari datasets, as cells of a row. */
function cells(tasks: readonly CatalogTask[]): string[] {
  const sum = (count: (task: CatalogTask) => number): number => tasks.reduce((total, task) => total + count(task), 0);
  const episodes = sum((task) => task.episodes);
  const told = tasks.length > 0 && tasks.every(({ successes }) => successes !== undefined);
  return [String(episodes), String(sum((task) => task.steps)), formatBytes(sum((task) => task.bytes)), told ? `${((100 * sum((task) => task.successes ?? 0)) / episodes).toFixed(1)} %` : "–"];
}

/** `llmdpd data list`: the data sets on disk. */
export function register(program: Command): void {
  group(program, "data")
    .command("list")
    .description("list the data sets below data/raw, without reading their numbers")
    .option("--tasks", "a row per Minari dataset, with the id under which Python's minari knows it")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
A data set is a folder with one Minari dataset per task. Success is the share of episodes in which the task was done; – where
the maker did not say. Sizes are those of the compressed files. LLMDPD_DATA moves data/raw.

Example: npx --no llmdpd data list
In Python: MINARI_DATASETS_PATH=data/raw python -c "import minari; print(*minari.list_local_datasets())"`,
    )
    .action(({ tasks: perTask = false, json = false }: { tasks?: boolean; json?: boolean }) => {
      const entries = listDatasets();
      if (json) return console.log(JSON.stringify(entries, null, 2));
      if (entries.length === 0) return console.log(`No data set below ${dataPath("raw")}. \`npx --no llmdpd data generate metaworld --tasks reach --out first\` makes one.`);
      const rows = perTask
        ? entries.flatMap(({ tasks }) => tasks.map((task) => [task.id, task.preset ?? "–", ...cells([task])]))
        : entries.map(({ name, tasks, unfinished }) => [unfinished ? `${name} (unfinished)` : name, tasks[0]?.preset ?? "–", String(tasks.length), ...cells(tasks)]);
      const titles = [perTask ? "id" : "name", "preset", ...(perTask ? [] : ["tasks"]), "episodes", "steps", "size", "success"];
      for (const line of tableLines([titles, ...rows])) console.log(line);
    });
}
