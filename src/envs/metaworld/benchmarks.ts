import { UserError, oneOf } from "../../util/index.js";
import { MersenneTwister } from "./mersenne-twister.js";
import { findTask, ml45Test, taskNames } from "./registry.js";
import type { Task } from "./task-spec.js";

/** A benchmark of Meta-World as it is declared; ML1 and MT1 take the name of their one task. */
interface Declared {
  readonly about: string;
  readonly train: (task: string) => readonly string[];
  readonly test: (task: string) => readonly string[];
  /** False: observations have zeros where the goal is. */
  readonly goalVisible: boolean;
  /** The seed of the test goals is that of the training goals plus this. */
  readonly testSeedOffset: number;
}

/**
 * All fifty tasks in the order in which Meta-World draws their goals. It is not the alphabet's, and each task's goals
 * depend on how many numbers those before it have drawn.
 */
const drawingOrder = [
  "assembly", "basketball", "bin-picking", "box-close", "button-press-topdown", "button-press-topdown-wall", "button-press", "button-press-wall",
  "coffee-button", "coffee-pull", "coffee-push", "dial-turn", "disassemble", "door-close", "door-lock", "door-open", "door-unlock", "hand-insert",
  "drawer-close", "drawer-open", "faucet-open", "faucet-close", "hammer", "handle-press-side", "handle-press", "handle-pull-side", "handle-pull",
  "lever-pull", "pick-place-wall", "pick-out-of-hole", "pick-place", "plate-slide", "plate-slide-side", "plate-slide-back", "plate-slide-back-side",
  "peg-insert-side", "peg-unplug-side", "soccer", "stick-push", "stick-pull", "push", "push-wall", "push-back", "reach", "reach-wall", "shelf-place",
  "sweep-into", "sweep", "window-open", "window-close",
] as const;

/** The training tasks of ML45, whose order differs from that of all fifty around the pushing and reaching tasks. */
const ml45Order = [
  ...drawingOrder.slice(0, 30).filter((name) => !ml45Test.includes(name)),
  "push-back", "pick-place", ...drawingOrder.slice(31, 40), "push-wall", "push", "reach-wall", "reach", ...drawingOrder.slice(45),
];

const ml10Train = ["reach", "push", "pick-place", "door-open", "drawer-close", "button-press-topdown", "peg-insert-side", "window-open", "sweep", "basketball"];
const ml10Test = ["drawer-open", "door-close", "shelf-place", "sweep-into", "lever-pull"];
const mt10 = ["reach", "push", "pick-place", "door-open", "drawer-open", "drawer-close", "button-press-topdown", "peg-insert-side", "window-open", "window-close"];

const none = (): readonly string[] => [];
const meta = { goalVisible: false, testSeedOffset: 0 };
const multi = { goalVisible: true, testSeedOffset: 0, test: none };

/** Source: the `metaworld` package, version 3.1.1. */
const table = {
  ml1: { about: "one task; other goals for testing", train: (task) => [task], test: (task) => [task], goalVisible: false, testSeedOffset: 1 },
  ml10: { about: "ten training tasks, five others for testing", train: () => ml10Train, test: () => ml10Test, ...meta },
  ml45: { about: "45 training tasks, five others for testing", train: () => ml45Order, test: () => ml45Test, ...meta },
  mt1: { about: "one task; evaluated on the goals of training", train: (task) => [task], ...multi },
  mt10: { about: "ten tasks; evaluated on the goals of training", train: () => mt10, ...multi },
  mt50: { about: "all tasks; evaluated on the goals of training", train: () => drawingOrder, ...multi },
} satisfies Record<string, Declared>;

export type BenchmarkName = keyof typeof table;

/** The names of Meta-World's benchmarks that are here. */
export const benchmarkNames = Object.keys(table) as readonly BenchmarkName[];

/** Goals of one task: 50 different random vectors, see `drawGoals`. */
export interface TaskGoals {
  readonly task: string;
  readonly goals: readonly Float64Array[];
}

/** A benchmark with its goals. */
export interface Benchmark {
  readonly name: BenchmarkName;
  readonly about: string;
  readonly seed: number;
  /** Whether a policy sees the goal: `createMetaworldEnv(task, { goalVisible })`. */
  readonly goalVisible: boolean;
  readonly train: readonly TaskGoals[];
  /** Empty for MT1, MT10 and MT50, which are evaluated on the goals of training. */
  readonly test: readonly TaskGoals[];
}

const goalsPerTask = 50;

/**
 * A benchmark of Meta-World: its tasks and the 50 goals of each. The goals equal those of Python's
 * `metaworld.ML10(seed=seed)` and its kin, bit for bit: the same generator, the same order, the same rejections.
 *
 * @param options.task the one task of ML1 and MT1
 * @throws UserError for an unknown benchmark or task, or a seed that NumPy does not take (0 … 2³² − 1)
 * @example metaworldBenchmark("ml45", { seed: 0 }).test[0] // bin-picking and its 50 goals
 */
export function metaworldBenchmark(name: string, { seed, task }: { seed: number; task?: string }): Benchmark {
  const known = oneOf(name, benchmarkNames, { what: "benchmark" });
  const { about, train, test, goalVisible, testSeedOffset }: Declared = table[known];
  if (!Number.isInteger(seed) || seed < 0 || seed + testSeedOffset > 0xffffffff) throw new UserError(`Cannot draw the goals of "${known}": a seed from 0 to 4294967295 required, got ${seed}`);
  if (known.endsWith("1") !== (task !== undefined)) {
    throw new UserError(`Cannot make benchmark "${known}": ${task === undefined ? "the name of its one task required, got none" : `it has tasks of its own, got the task "${task}" as well`}.`);
  }
  const one = task === undefined ? "" : oneOf(task, taskNames, { what: "task" });
  return { name: known, about, seed, goalVisible, train: drawAll(train(one), { seed }), test: drawAll(test(one), { seed: seed + testSeedOffset }) };
}

/** All tasks' goals from one stream of numbers. */
function drawAll(tasks: readonly string[], { seed }: { seed: number }): TaskGoals[] {
  const generator = new MersenneTwister(seed);
  return tasks.map((name) => {
    const task = findTask(name);
    const goals = Array.from({ length: goalsPerTask }, () => {
      // A reset of Meta-World's runs its model's reset twice: the first vector is thrown away.
      drawAccepted(task, generator);
      return drawAccepted(task, generator);
    });
    if (new Set(goals.map((goal) => goal.join())).size < goalsPerTask) throw new UserError(`Cannot draw goals of "${name}": ${goalsPerTask} different ones required, seed ${seed} repeats one. Choose another seed.`);
    return { task: name, goals };
  });
}

function drawAccepted({ resetBox: { low, high }, accepts }: Task, generator: MersenneTwister): Float64Array {
  for (;;) {
    const goal = Float64Array.from(low, (from, i) => from + ((high[i] as number) - from) * generator.uniform());
    if (accepts?.([...goal]) !== false) return goal;
  }
}
