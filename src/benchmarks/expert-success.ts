import { readFile } from "node:fs/promises";
import { drawGoals, taskNames } from "../envs/index.js";
import { expertAgent, rollout, type EpisodePlan } from "../experiments/index.js";
import { UserError, messageOf, type ProgressFn } from "../util/index.js";

/** How the scripted expert of a task does. */
export interface ExpertRow {
  readonly task: string;
  readonly goals: number;
  readonly success: number;
  /** The same of the Python package on the same goals; null without a reference. */
  readonly python: number | null;
  /** Goals of which both say at the same step that they are reached; null without a reference. */
  readonly sameStep: number | null;
}

export interface ExpertReport {
  readonly rows: readonly ExpertRow[];
  readonly mean: number;
  readonly pythonMean: number | null;
  /** What is required and does not hold; empty where all is well. */
  readonly failures: readonly string[];
}

interface Reference {
  readonly success_rate: number;
  /** 0-based, -1 for never. */
  readonly first_success_steps: readonly number[];
  readonly rand_vecs: readonly (readonly number[])[];
}

const requiredMean = 0.98;
const allowedBelow = 0.1;

/**
 * Plays the scripted experts, the goal visible, until the first success or for 500 steps: at the goals of a recording of
 * the Python package, with which they are compared, or at goals of our own.
 *
 * @param options.reference a file such as test/golden/expert_success.json; if absent, `goals` goals are drawn with `seed`
 * @throws UserError if the reference cannot be read or holds none of the tasks
 */
export async function expertSuccess(options: {
  readonly tasks?: readonly string[]; readonly reference?: string; readonly seed?: number; readonly goals?: number; readonly workers?: number; readonly onProgress?: ProgressFn;
}): Promise<ExpertReport> {
  const { tasks = taskNames, seed = 0, goals = 20, workers, onProgress } = options;
  const reference = options.reference === undefined ? undefined : await readReference(options.reference, { tasks });
  const goalsOf = (task: string): Float64Array[] => reference?.get(task)?.rand_vecs.map((vector) => Float64Array.from(vector)) ?? drawGoals(task, { seed, count: goals });
  const plans = tasks.flatMap((task) => goalsOf(task).map((goal, episode): EpisodePlan => ({ task, split: "seen", episode, goal, goalSeed: seed })));
  const outcomes = await rollout(plans, { agent: expertAgent(), maxSteps: 500, stopAtSuccess: true, label: "experts", ...(workers === undefined ? {} : { workers }), ...(onProgress === undefined ? {} : { onProgress }) });
  const rows = tasks.map((task): ExpertRow => {
    const own = outcomes.filter(({ plan }) => plan.task === task);
    const theirs = reference?.get(task);
    const same = theirs === undefined ? null : own.filter(({ firstSuccess }, i) => firstSuccess === (theirs.first_success_steps[i] === -1 ? -1 : (theirs.first_success_steps[i] as number) + 1)).length;
    return { task, goals: own.length, success: own.filter(({ success }) => success).length / own.length, python: theirs?.success_rate ?? null, sameStep: same };
  });
  const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const mean = meanOf(rows.map(({ success }) => success));
  const failures = rows
    .filter(({ success, python }) => python !== null && success < python - allowedBelow - 1e-9)
    .map(({ task, success, python }) => `${task}: ${success} is more than ${allowedBelow} below Python's ${python}`);
  if (tasks.length === taskNames.length && mean < requiredMean) failures.push(`the mean over all tasks is ${mean.toFixed(3)}, at least ${requiredMean} is required`);
  return { rows, mean, pythonMean: reference === undefined ? null : meanOf(rows.map(({ python }) => python as number)), failures };
}

async function readReference(file: string, { tasks }: { tasks: readonly string[] }): Promise<Map<string, Reference>> {
  let found: Record<string, Reference>;
  try {
    found = (JSON.parse(await readFile(file, "utf8")) as { tasks?: Record<string, Reference> }).tasks ?? {};
  } catch (error) {
    throw new UserError(`Cannot read the reference "${file}": ${messageOf(error)}`, { cause: error });
  }
  const table = new Map(Object.entries(found).map(([name, row]) => [name.replace(/-v3$/, ""), row]));
  const missing = tasks.find((task) => !Array.isArray(table.get(task)?.rand_vecs));
  if (missing !== undefined) throw new UserError(`Cannot compare with "${file}": goals of "${missing}" are required, got none.`);
  return table;
}
