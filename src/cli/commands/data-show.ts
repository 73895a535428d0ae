import type { Command } from "commander";
import { group } from "../group.js";
import { type DatasetStamp, type ImportRecord, type Spread, type TaskSummary, describeDataset, importRecord, verifyDataset } from "../../datasets/index.js";
import { UserError, terminalProgress } from "../../util/index.js";
import { formatBytes, tableLines } from "../table.js";

const percent = (part: number, whole: number): string => `${Math.round((100 * part) / whole)} %`;
const total = (rows: readonly TaskSummary[], count: (row: TaskSummary) => number): number => rows.reduce((sum, row) => sum + count(row), 0);

/** Prints a row per task and one for all of them, and how the data came about. */
export function printSummary(rows: readonly TaskSummary[], stamps: ReadonlyMap<string, DatasetStamp>): void {
  const cells = rows.map(({ task, episodes, steps, successes, returns, lengths }) => [
    task,
    String(episodes),
    String(steps),
    `${successes}/${episodes}`,
    returns.mean.toFixed(1),
    returns.min.toFixed(1),
    returns.max.toFixed(1),
    lengths.mean.toFixed(1),
    stamps.get(task)?.checksum.slice(0, 12) ?? "",
  ]);
  const episodes = total(rows, (row) => row.episodes);
  const all = [`all ${rows.length}`, String(episodes), String(total(rows, (row) => row.steps)), `${total(rows, (row) => row.successes)}/${episodes}`, "", "", "", "", ""];
  const titles = ["task", "episodes", "steps", "success", "return mean", "min", "max", "length mean", "checksum"];
  for (const line of tableLines([titles, ...cells, all])) console.log(line);
  const [stamp] = stamps.values();
  if (stamp !== undefined) console.log(describeStamp(stamp));
}

/** One sentence about how a data set came about. */
function describeStamp({ generator, seed, expert, preset, shares, noise, observability, maxSteps, stepsPastSuccess, metaworld, simulator }: DatasetStamp): string {
  const mixture =
    preset === "noise"
      ? `${expert} expert, action noise drawn from ${noise.join(", ")}`
      : `preset ${preset} (of twenty: ${shares.map((share) => `${share.ofTwenty} ${share.behaviour}${share.noise > 0 ? ` ${share.noise}` : ""}`).join(", ")})`;
  return `Made by ${generator}: ${mixture}, seed ${seed}, ${observability}, at most ${maxSteps} steps, ${stepsPastSuccess} past the first success, Meta-World ${metaworld}, ${simulator}.`;
}

const five = ({ min, q1, median, q3, max }: Spread, digits: number): string[] => [min, q1, median, q3, max].map((value) => value.toFixed(digits));

/** Prints a row per behaviour: success, and five numbers each of the distributions of return and length. */
function printBehaviours(rows: readonly TaskSummary[], { perTask }: { perTask: boolean }): void {
  const titles = ["behaviour", "noise", ...(perTask ? ["task"] : []), "episodes", "success", "return min", "q1", "median", "q3", "max", "length min", "q1", "median", "q3", "max"];
  const cells = rows.flatMap(({ task, behaviours }) =>
    behaviours.map((each) => [each.behaviour, each.noise.toFixed(2), ...(perTask ? [task] : []), String(each.episodes), percent(each.successes, each.episodes), ...five(each.returns, 0), ...five(each.lengths, 0)]),
  );
  for (const line of tableLines([titles, ...cells])) console.log(line);
}

/** Prints what was noted when a D4RL or Minari data set was imported. */
function printRecord({ id, robot, format, source, bytes, sha256, summary, checks }: ImportRecord): void {
  console.log(`${id}: ${robot}, ${summary.rows} steps, ${summary.episodes} finished episodes (${summary.terminals} falls, ${summary.timeouts} time-outs), ${formatBytes(bytes)}, ${format}`);
  if (summary.returns !== undefined) {
    const { mean, min, max, score } = summary.returns;
    console.log(`returns: mean ${mean.toFixed(1)}, ${min.toFixed(1)} to ${max.toFixed(1)}; D4RL's score of the mean ${score.toFixed(1)}`);
  }
  for (const { name, passed, detail } of checks) console.log(`${passed === undefined ? "not checked" : passed ? "ok" : "FAILED"}: ${name} (${detail})`);
  console.log(`From ${source}.${sha256 === undefined ? "" : ` SHA-256 ${sha256}.`}`);
}

/** `llmdpd data show <dataset>`: episodes, steps, success and returns per task and per behaviour. */
export function register(program: Command): void {
  group(program, "data")
    .command("show")
    .description("print episodes, steps, success, returns and lengths of a data set, per task and per behaviour, after checking its checksums")
    .argument("<dataset>", "name below data/raw/metaworld/, Minari id, id of an imported data set, or a path: the data set, one task's folder, or its main_data.hdf5")
    .option("--tasks", "print the behaviours of each task, not of all tasks together")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Returns are sums of Meta-World's rewards (0 to 10 per step), not discounted; lengths are steps. min, q1, median, q3 and
max are the extremes and quartiles over episodes. Success: the task was done at any step.

Example: npx --no llmdpd data show mine`,
    )
    .action(async (name: string, { json = false, tasks: perTask = false }: { json?: boolean; tasks?: boolean }) => {
      const record = importRecord(name);
      if (record !== undefined) {
        const problems = (await verifyDataset(name, {})).flatMap((verdict) => verdict.problems);
        if (problems.length > 0) throw new UserError(`Cannot show "${name}": ${problems.join("; ")}.`);
        return json ? console.log(JSON.stringify(record, null, 2)) : printRecord(record);
      }
      const { path, tasks, all, stamps } = await describeDataset(name, { onProgress: terminalProgress() });
      if (json) return console.log(JSON.stringify({ path, tasks, all, stamps: Object.fromEntries(stamps) }, null, 2));
      printSummary(tasks, stamps);
      console.log("");
      printBehaviours(perTask ? tasks : [all], { perTask });
    });
}
