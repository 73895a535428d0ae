import { oneOf } from "../../util/index.js";
import type { Task } from "./task-spec.js";
import { drawerOpen } from "./tasks/drawer.js";
import { reach } from "./tasks/reach.js";

/** All tasks, in the order of Meta-World's list. */
export const metaworldTasks: readonly Task[] = [drawerOpen, reach];

/** The five tasks that ML45 keeps for testing. */
export const ml45Test: readonly string[] = ["bin-picking", "box-close", "hand-insert", "door-lock", "door-unlock"];
/** The names of all tasks here. */
export const taskNames: readonly string[] = metaworldTasks.map(({ name }) => name);
/** The tasks here that ML45 trains on. */
export const ml45Train: readonly string[] = taskNames.filter((name) => !ml45Test.includes(name));

const byName = new Map(metaworldTasks.map((task) => [task.name, task]));

/**
 * A task by its name, without Meta-World's version suffix.
 *
 * @throws UserError with the nearest match and the legal names
 */
export function findTask(name: string): Task {
  return byName.get(oneOf(name, taskNames, { what: "task" })) as Task;
}
