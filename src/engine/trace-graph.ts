import type { Graph } from "./graph.js";
import { lowerProgram } from "./lower/index.js";
import { loadJax } from "./jax-js.js";
import { makeProgram, type Program, type Traced } from "./program.js";
import { jaxprText } from "./trace.js";

/**
 * The graph of a function, for reading: `printGraph` and `printStableHlo` show it.
 *
 * @throws UserError if the function uses what cannot be lowered
 * @example printGraph(await traceGraph((x: Tensor) => x.mul(2), [hostArray([3], [1, 2, 3])]))
 */
export async function traceGraph<In extends readonly unknown[] | [], Out>(fn: (...args: { [K in keyof In]: Traced<In[K]> }) => Out, examples: In): Promise<Graph> {
  return lowerProgram(await programOf(fn, examples));
}

/**
 * The text of what jax-js records when it runs a function once on abstract values: its Jaxpr.
 *
 * @example console.log(await traceJaxpr((x: Tensor) => x.mul(2), [hostArray([3], [1, 2, 3])]))
 */
export async function traceJaxpr<In extends readonly unknown[] | [], Out>(fn: (...args: { [K in keyof In]: Traced<In[K]> }) => Out, examples: In): Promise<string> {
  return jaxprText(await programOf(fn, examples));
}

async function programOf(fn: unknown, examples: readonly unknown[]): Promise<Program> {
  await loadJax();
  return makeProgram(fn as (...args: never[]) => never, { examples });
}
