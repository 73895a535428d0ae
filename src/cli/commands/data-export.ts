import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { group } from "../group.js";
import { columns, exportParquet } from "../../datasets/index.js";
import { stopSignal, stoppedExitCode } from "../../experiments/index.js";
import { UserError, terminalProgress } from "../../util/index.js";
import { formatBytes } from "../table.js";

/** `llmdpd data export <dataset> <file>`: one flat table. */
export function register(program: Command): void {
  group(program, "data")
    .command("export")
    .description("write a data set as one Parquet file, a row per observation, for pandas, Polars, DuckDB, R, …")
    .argument("<dataset>", "name below data/raw/metaworld/, or a path")
    .argument("<file>", "file to write, ending in .parquet")
    .option("--tasks <names>", "only these tasks; with commas", (text: string) => text.split(","))
    .addHelpText(
      "after",
      `
Columns:
${columns.map(({ name, type, about }) => `  ${name.padEnd(20)} ${type.padEnd(8)} ${about}`).join("\n")}

Row t of an episode holds observation t, the action taken there and its reward; the last row of an episode has no action
and holds nulls there. The file's own metadata repeat this list ("columns") and tell how the data came about ("llmdpd").

Example: npx --no llmdpd data export mine mine.parquet
In Python: duckdb.sql("select task, behaviour, sum(reward) from 'mine.parquet' group by all")`,
    )
    .action(async (name: string, file: string, { tasks }: { tasks?: string[] }) => {
      if (!file.endsWith(".parquet")) throw new UserError(`Cannot export to "${file}": a name ending in .parquet is required.`);
      const path = resolve(file);
      const signal = stopSignal();
      const exported = await exportParquet(name, path, { signal, onProgress: terminalProgress(), ...(tasks === undefined ? {} : { tasks }) }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      if (exported === undefined) {
        console.error("\nStopped. Nothing was written.");
        process.exitCode = stoppedExitCode;
        return;
      }
      const { rows, episodes } = exported;
      console.log(`Wrote ${path}: ${rows} rows of ${episodes} episodes, ${formatBytes(statSync(path).size)}.`);
    });
}
