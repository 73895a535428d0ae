import { ml45Test, ml45Train, taskNames } from "../../envs/index.js";
import { oneOf } from "../../util/index.js";

const sets: Readonly<Record<string, readonly string[]>> = { all: taskNames, "ml45-train": ml45Train, "ml45-test": ml45Test };

/** Names of the sets. */
export const taskSetNames: readonly string[] = Object.keys(sets);

/**
 * Task names from names and sets ("all", "ml45-train", …), each once, in the order of the alphabet.
 *
 * @throws UserError with the nearest match and the legal names
 * @example resolveTasks(["ml45-test", "drawer-open"]) // six names
 */
export function resolveTasks(names: readonly string[]): string[] {
  const legal = [...taskSetNames, ...taskNames];
  return [...new Set(names.flatMap((name) => sets[oneOf(name, legal, { what: "task" })] ?? [name]))].sort();
}
