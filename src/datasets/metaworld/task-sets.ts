import { metaworldBenchmark, taskNames } from "../../envs/index.js";
import { oneOf } from "../../util/index.js";

const tasksOf = (name: string, part: "train" | "test") => (): readonly string[] => metaworldBenchmark(name, { seed: 0 })[part].map(({ task }) => task);

const sets: Readonly<Record<string, () => readonly string[]>> = {
  all: () => taskNames,
  "ml10-train": tasksOf("ml10", "train"),
  "ml10-test": tasksOf("ml10", "test"),
  "ml45-train": tasksOf("ml45", "train"),
  "ml45-test": tasksOf("ml45", "test"),
  mt10: tasksOf("mt10", "train"),
  mt50: tasksOf("mt50", "train"),
};

/** Names of the sets. */
export const taskSetNames: readonly string[] = Object.keys(sets);

/**
 * Task names from names and sets ("all", "ml45-train", "ml45-test", …), each once, in the order of the alphabet.
 *
 * @throws UserError with the nearest match and the legal names
 * @example resolveTasks(["ml45-test", "drawer-open"]) // six names
 */
export function resolveTasks(names: readonly string[]): string[] {
  const legal = [...taskSetNames, ...taskNames];
  return [...new Set(names.flatMap((name) => sets[oneOf(name, legal, { what: "task" })]?.() ?? [name]))].sort();
}
