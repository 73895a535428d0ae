import type { ReduceName } from "../graph.js";
import type { Factor, View } from "../view.js";
import { binary, constantView, type Context, type Operand, type Rules } from "./context.js";

/** Drops the slots for which `gone` holds from a view whose node has lost the axes in `lost`. */
function withoutAxes(view: View, { node, lost }: { node: View["node"]; lost: readonly number[] }): View {
  const place = (axis: number): number => (axis < 0 ? -1 : axis - lost.filter((other) => other < axis).length);
  return { node, axes: view.axes.map((factors) => factors.filter(({ axis }) => !lost.includes(axis)).map(({ size, axis }) => ({ size, axis: place(axis) }))) };
}

/**
 * Reduces some factors of a view. A sum over a repeated factor is a multiplication, the largest of equal values is that
 * value, and so on: repeated factors are never laid out.
 */
export function reduceFactors({ builder, ...rest }: Context, view: View, { fn, over }: { fn: ReduceName; over: (axis: number) => boolean }): View {
  const context = { builder, ...rest };
  const factors: readonly Factor[] = view.axes.filter((_, axis) => over(axis)).flat();
  const real = factors.filter(({ axis }) => axis >= 0).map(({ axis }) => axis).sort((a, b) => a - b);
  const times = factors.filter(({ axis }) => axis < 0).reduce((product, { size }) => product * size, 1);
  const { dtype } = view.node;
  const shape = view.node.shape.filter((_, axis) => !real.includes(axis));
  const node = real.length === 0 ? view.node : builder.node("reduce", [view.node], { shape, dtype, attributes: { fn, axes: real } });
  const axes = view.axes.map((own, axis) => (over(axis) ? own.filter((factor) => factor.axis >= 0) : own));
  const kept = withoutAxes({ node: view.node, axes }, { node, lost: real });
  const reduced: View = { node: kept.node, axes: kept.axes.filter((_, axis) => !over(axis)) };
  if (times === 1 || (times !== 0 && fn !== "add" && fn !== "mul")) return reduced;
  if (times === 0) {
    const neutral = { add: 0, mul: 1, or: 0, and: 1, min: Infinity, max: -Infinity }[fn];
    return constantView(context, neutral, { dtype, shape: reduced.axes.map((own) => own.reduce((product, { size }) => product * size, 1)) });
  }
  if (fn === "add") return binary(context, "mul", [reduced, constantView(context, times, { dtype })]);
  // A product of equal factors: multiply as often as needed, by squaring.
  let result: View | undefined;
  let square = reduced;
  for (let left = times; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = result === undefined ? square : binary(context, "mul", [result, square]);
    square = binary(context, "mul", [square, square]);
  }
  return result ?? reduced;
}

const names = { Add: "add", Mul: "mul", Min: "min", Max: "max" } as const;
const bools = { Add: "or", Mul: "and", Min: "and", Max: "or" } as const;

export const reduceRules = {
  reduce: (context, { inputs: [x], params, dtype }) => reduceFactors(context, (x as Operand).view, { fn: (dtype === "bool" ? bools : names)[params.op], over: (axis) => params.axis.includes(axis) }),
} satisfies Rules;
