import type { Graph } from "./graph.js";
import { lowerProgram } from "./lower/index.js";
import { loadJax } from "./jax-js.js";
import { makeProgram, type Traced } from "./program.js";

/**
 * The graph of a function, for reading: `printGraph` and `printStableHlo` show it.
 *
 * @throws UserError if the function uses what cannot be lowered
 * @example printGraph(await traceGraph((x: Tensor) => x.mul(2), [hostArray([3], [1, 2, 3])]))
 */
export async function traceGraph<In extends readonly unknown[] | [], Out>(fn: (...args: { [K in keyof In]: Traced<In[K]> }) => Out, examples: In): Promise<Graph> {
  await loadJax();
  return lowerProgram(makeProgram(fn as unknown as (...args: never[]) => never, { examples, onOutput: () => undefined }));
}
