import type { SummaryRow } from "../stats/index.js";
import { UserError } from "../util/index.js";

/** What the figures of success share. The axes of generalisation are never mixed: each split has its own panel. */

/** A row of summary.csv, as `summarise` makes it. */
export type SuccessRow = Pick<SummaryRow, "variant" | "split" | "task" | "n" | "success" | "low" | "high"> & { readonly runs?: number };

const titles: Readonly<Record<string, string>> = {
  seen: "New goals of training tasks",
  unseen: "Tasks never trained on",
};

export function splitTitle(split: string): string {
  return titles[split] ?? split;
}

/** The task name of the rows that hold the mean over all tasks of a split. */
export const allTasks = "*";

/** Splits, variants and tasks in the order of the rows. */
export function distinct(rows: readonly SuccessRow[], column: "split" | "variant" | "task"): string[] {
  return [...new Set(rows.map((row) => row[column]))];
}

/** "10 episodes each" or "10 to 20 episodes each". */
export function episodeCounts(rows: readonly SuccessRow[]): string {
  const counts = rows.map((row) => row.n);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? `${least}` : `${least} to ${most}`;
}

export function checkRows(rows: readonly SuccessRow[], { figure }: { figure: string }): void {
  if (rows.length === 0) throw new UserError(`Cannot draw ${figure}: at least one row of a summary is required, got none.`);
  const odd = rows.find(({ low, success, high }) => !(low <= success + 1e-9 && success <= high + 1e-9 && low >= -1e-9 && high <= 1 + 1e-9));
  if (odd === undefined) return;
  throw new UserError(
    `Cannot draw ${figure}: success must be a share inside its interval, got ${odd.success} in ${odd.low} to ${odd.high} for ${odd.variant}, ${odd.task}.`,
  );
}
