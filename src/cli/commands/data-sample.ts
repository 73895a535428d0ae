import { type Command, InvalidArgumentError, Option } from "commander";
import { group } from "../group.js";
import { type Cell, type SampledRow, columns, sampleDataset } from "../../datasets/index.js";
import { tableLines } from "../table.js";

interface Options {
  readonly count: number;
  readonly task?: string;
  readonly episode?: number;
  readonly seed: number;
  readonly format: "text" | "csv" | "json";
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < 0) throw new InvalidArgumentError("A whole number of at least 0 is needed.");
  return value;
}

/** Columns that a person reads; the others are in CSV and JSON. */
const shown = ["task", "episode", "step", "behaviour", "hand_x", "hand_y", "hand_z", "gripper", "object1_x", "object1_y", "object1_z", "goal_x", "goal_y", "goal_z", "action_x", "action_y", "action_z", "action_grip", "reward", "success"];

function shortText(value: Cell): string {
  if (value === null) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "number" && !Number.isInteger(value) ? value.toFixed(3) : String(value);
}

function csvText(value: Cell): string {
  return value === null ? "" : String(value);
}

function print(rows: readonly SampledRow[], format: Options["format"]): void {
  const names = columns.map(({ name }) => name);
  if (format === "json") console.log(JSON.stringify(rows, null, 2));
  else if (format === "csv") for (const line of [names, ...rows.map((row) => names.map((name) => csvText(row[name] ?? null)))]) console.log(line.join(","));
  else for (const line of tableLines([shown, ...rows.map((row) => shown.map((name) => shortText(row[name] ?? null)))])) console.log(line);
}

/** `llmdpd data sample <dataset>`: some transitions, or one episode, as text, CSV or JSON. */
export function register(program: Command): void {
  group(program, "data")
    .command("sample")
    .description("print some transitions of a data set, or one whole episode")
    .argument("<dataset>", "name below data/raw/metaworld/, or a path")
    .option("--count <n>", "transitions to draw", wholeNumber, 10)
    .option("--task <name>", "only this task (default: all, equally likely)")
    .option("--episode <index>", "print this episode from reset to end instead", wholeNumber)
    .option("--seed <number>", "seed of the draw", wholeNumber, 0)
    .addOption(new Option("--format <name>", "text shows the main columns, csv and json all of them").choices(["text", "csv", "json"]).default("text"))
    .addHelpText(
      "after",
      `
Positions are in metres; an action of 1 moves the hand by one centimetre. \`data export --help\` describes every column.

Examples:
  npx --no llmdpd data sample mine --count 5
  npx --no llmdpd data sample mine --task drawer-open --episode 0 --format csv > episode.csv`,
    )
    .action(async (name: string, { format, ...options }: Options) => print(await sampleDataset(name, options), format));
}
