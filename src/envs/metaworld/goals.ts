import { Rng, UserError } from "../../util/index.js";
import { findTask } from "./registry.js";
import type { Task } from "./task-spec.js";

/**
 * Random vectors of a task, all different: uniform in its box, drawn again where the task rejects them. Each holds the
 * positions in metres of what the task places: 3 numbers (the object or the goal) or 6 (the object, then the goal).
 * The first ones do not depend on `count`.
 *
 * @throws UserError for an unknown task or a count that is not a whole number ≥ 0
 * @example drawGoals("drawer-open", { seed: 0, count: 50 })
 */
export function drawGoals(task: string, { seed, count }: { seed: number; count: number }): Float64Array[] {
  const { name, resetBox, accepts } = findTask(task);
  if (!Number.isInteger(count) || count < 0) throw new UserError(`Cannot draw goals of "${name}": a whole number ≥ 0 required, got ${count}`);
  const rng = new Rng(seed).fork("goals", name);
  const goals: Float64Array[] = [];
  const seen = new Set<string>();
  while (goals.length < count) {
    const goal = Float64Array.from(resetBox.low, (low, i) => rng.uniformIn(low, resetBox.high[i] as number));
    if (accepts?.([...goal]) === false || seen.has(goal.join())) continue;
    seen.add(goal.join());
    goals.push(goal);
  }
  return goals;
}

/**
 * The numbers of a random vector that fits a task.
 *
 * @throws UserError for a wrong length, a number outside the task's box, or one that the task rejects
 */
export function checkRandVec({ name, resetBox: { low, high }, accepts }: Task, randVec: ArrayLike<number>): readonly number[] {
  const numbers = Array.from(randVec);
  if (numbers.length !== low.length) {
    throw new UserError(`Cannot reset "${name}": a random vector of ${low.length} numbers required, got ${numbers.length}. drawGoals("${name}", …) makes some.`);
  }
  numbers.forEach((number, i) => {
    if (!(number >= (low[i] as number) && number <= (high[i] as number))) {
      throw new UserError(`Cannot reset "${name}": number ${i} of the random vector must lie in [${low[i]}, ${high[i]}], got ${number}. Is it another task's?`);
    }
  });
  if (accepts?.(numbers) === false) {
    throw new UserError(`Cannot reset "${name}": object and goal of the random vector are too close, got [${numbers.join(", ")}]`);
  }
  return numbers;
}
