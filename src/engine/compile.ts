import { CallOrder, checkArray, treeAlign, treeDifference, treeLeaves, treePaths, treeUnflatten, UserError, type HostArray, type Tree } from "../util/index.js";
import { backendFor, pickDevice, type Device, type PickedDevice } from "./device.js";
import { loadJax } from "./jax-js.js";
import { concat } from "./ops.js";
import { checkSameState, makeProgram, specsOf, type Hosted, type Spec, type Traced } from "./program.js";
import { full, type Tensor } from "./tensor.js";
import { traceSpecs } from "./trace.js";

export interface CompileOptions {
  /** Where to run: "auto" takes the fastest that works. */
  readonly device?: Device;
}

/** A function compiled for a device: host arrays in, host arrays out. */
export interface Compiled<In extends readonly unknown[], Out> {
  (...args: readonly [...In]): Promise<Out>;
  readonly device: PickedDevice;
  /** Frees what the compiled program holds; it cannot be called afterwards. */
  dispose(): void;
}

function checkedLeaves(values: unknown, { like, specs, what }: { like: unknown; specs: readonly Spec[]; what: string }): HostArray[] {
  const leaves = treeAlign(like, { tree: values as Tree<HostArray>, what });
  specs.forEach((expected, i) => checkArray(leaves[i], { expected, what: expected.path === "" ? what : expected.path }));
  return leaves;
}

/**
 * Compiles a function over trees of tensors. The examples give structure, shapes and dtypes; their elements are not used.
 *
 * @throws UserError if the function cannot be lowered for the device; a call throws one if an argument has another structure, shape or dtype
 * @example const double = await compile((x: Tensor) => x.mul(2), [hostArray([3], [1, 2, 3])]); await double(hostArray([3], [4, 5, 6]))
 */
export async function compile<In extends readonly unknown[] | [], Out>(
  fn: (...args: { [K in keyof In]: Traced<In[K]> }) => Out,
  examples: In,
  { device = "auto" }: CompileOptions = {},
): Promise<Compiled<In, Hosted<Out>>> {
  await loadJax();
  let like: Tree<Tensor> | undefined;
  const program = makeProgram(fn as (...args: never[]) => Tree<Tensor>, { examples, onOutput: (tree) => (like = tree) });
  const outputs = traceSpecs(program);
  const outTree = treeUnflatten(like, treePaths(like));
  const picked = await pickDevice(device);
  const executable = await (await backendFor(picked.device)).compile(program, outputs);
  let disposed = false;
  const call = async (...args: readonly [...In]): Promise<Hosted<Out>> => {
    if (disposed) throw new UserError("Cannot call a compiled function after dispose().");
    const inputs = checkedLeaves(args, { like: examples, specs: program.inputs, what: "arguments" });
    return treeUnflatten(outTree, await executable.call(inputs)) as unknown as Hosted<Out>;
  };
  return Object.assign(call, {
    device: picked,
    dispose: () => {
      if (!disposed) executable.dispose();
      disposed = true;
    },
  });
}

/** An update compiled for a device, with its state living there. */
export interface Step<S, B> {
  readonly device: PickedDevice;
  /** The names of the metrics, in the order in which the update returned them. */
  readonly metricNames: readonly string[];
  /** Updates that may be under way at once: start the next ones before awaiting the first, and the device never waits. */
  readonly ahead: number;
  /** Runs one update per batch and returns the metrics of each. Calls are served in order. */
  run(batches: B | readonly B[]): Promise<Record<string, number>[]>;
  /** A copy of the state. */
  readState(): Promise<S>;
  /** Replaces the state; structure, shapes and dtypes must be those of the example. */
  writeState(state: S): Promise<void>;
  /** Frees the state and the program. */
  dispose(): void;
}

type Update<S, B, C> = (state: Traced<S>, batch: Traced<B>, constants: Traced<C>) => { readonly state: Traced<S>; readonly metrics: Readonly<Record<string, Tensor>> };

/** The update over flat lists: the new state, then the metrics as one vector. */
function flatUpdate<S, B, C>(update: Update<S, B, C>, onNames: (names: readonly string[]) => void): (before: Traced<S>, fixed: Traced<C>, input: Traced<B>) => Tree<Tensor> {
  return (before, fixed, input) => {
    const { state: after, metrics } = update(before, input, fixed);
    const difference = treeDifference(before, after);
    if (difference !== undefined) throw new UserError(`Cannot compile the update: its new state must have the structure of the old one, but ${difference}.`);
    const names = Object.keys(metrics);
    onNames(names);
    const odd = names.find((name) => metrics[name]?.shape.length !== 0);
    if (odd !== undefined) throw new UserError(`Cannot return metric "${odd}": required a scalar, got shape (${metrics[odd]?.shape.join(", ")}).`);
    const vector = names.length === 0 ? full([0], 0) : concat(Object.values(metrics).map((metric) => metric.astype("float32").reshape([1])));
    return [...treeLeaves<Tensor>(after), vector];
  };
}

/**
 * Compiles an update of a state. `update` takes the state, a batch and, if given, constants that are copied to the
 * device once; it returns the new state, of the same structure, and metrics: a flat record of float32 scalars. The
 * example state is the first state.
 *
 * @throws UserError if the new state differs in structure, shape or dtype, or a metric is not a scalar
 * @example const step = await compileStep(update, { state, batch }); const [{ loss }] = await step.run(batch)
 */
export async function compileStep<S, B, C = undefined>(update: Update<S, B, C>, { state, batch, constants }: { state: S; batch: B; constants?: C }, { device = "auto" }: CompileOptions = {}): Promise<Step<S, B>> {
  await loadJax();
  const stateSpecs = specsOf(state);
  const batchSpecs = specsOf(batch);
  let metricNames: readonly string[] = [];
  const fixed = constants === undefined ? [] : treeLeaves<HostArray>(constants as Tree<HostArray>);
  const program = makeProgram(flatUpdate(update, (names) => (metricNames = names)), { examples: [state, constants ?? {}, batch] });
  checkSameState(stateSpecs, traceSpecs(program).slice(0, stateSpecs.length));
  const picked = await pickDevice(device);
  const initial = checkedLeaves(state, { like: state, specs: stateSpecs, what: "state" });
  const stepper = await (await backendFor(picked.device)).compileStep({ program, state: initial, constants: fixed, metricCount: metricNames.length });
  const { ahead = 1 } = stepper;
  const order = new CallOrder(ahead, "Cannot use a step after dispose().");
  const runSeveral = async (list: readonly HostArray[][]): Promise<Float32Array[]> => {
    const vectors: Float32Array[] = [];
    for (let i = 0; i < list.length; i += ahead) vectors.push(...(await stepper.run(list.slice(i, i + ahead))));
    return vectors;
  };
  return {
    device: picked,
    metricNames,
    ahead,
    run: async (batches) => {
      const list = (Array.isArray(batches) ? batches : [batches]) as readonly B[];
      const flat = list.map((one) => checkedLeaves(one, { like: batch, specs: batchSpecs, what: "batch" }));
      const vectors = await (flat.length === 1 ? order.together(async () => stepper.run(flat)) : order.alone(async () => runSeveral(flat)));
      return vectors.map((vector) => Object.fromEntries(metricNames.map((name, i) => [name, vector[i] as number])));
    },
    readState: async () => treeUnflatten(state, await order.alone(async () => stepper.readState())) as S,
    writeState: async (next) => {
      const flat = checkedLeaves(next, { like: state, specs: stateSpecs, what: "state" });
      await order.alone(async () => stepper.writeState(flat));
    },
    dispose: () => order.close(() => stepper.dispose()),
  };
}
