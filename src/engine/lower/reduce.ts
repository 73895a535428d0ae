import { neutral, type ReduceName } from "../graph.js";
import { sizeOf } from "../../util/index.js";
import { shapeOf, type View } from "../view.js";
import { binary, constantView, onBools, type Context, type Operand, type Rules } from "./context.js";

/**
 * Reduces some factors of a view. A sum over a repeated factor is a multiplication, the largest of equal values is that
 * value, and so on: repeated factors are never laid out.
 */
export function reduceFactors(context: Context, view: View, { fn, over }: { fn: ReduceName; over: (axis: number) => boolean }): View {
  const factors = view.axes.filter((_, axis) => over(axis)).flat();
  const gone = factors.flatMap(({ axis }) => (axis < 0 ? [] : [axis])).sort((a, b) => a - b);
  const times = sizeOf(factors.filter(({ axis }) => axis < 0).map(({ size }) => size));
  const { dtype } = view.node;
  const shape = view.node.shape.filter((_, axis) => !gone.includes(axis));
  const node = gone.length === 0 ? view.node : context.builder.node("reduce", [view.node], { shape, dtype, attributes: { fn, axes: gone } });
  const place = (axis: number): number => axis - gone.filter((other) => other < axis).length;
  const axes = view.axes.filter((_, axis) => !over(axis)).map((own) => own.map(({ size, axis }) => ({ size, axis: axis < 0 ? -1 : place(axis) })));
  const reduced: View = { node, axes };
  if (times === 1 || (times !== 0 && fn !== "add" && fn !== "mul")) return reduced;
  if (times === 0) return constantView(context, neutral(fn, dtype), { dtype, shape: shapeOf(reduced) });
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

export const reduceRules = {
  reduce: (context, { inputs: [x], params, dtype }) => {
    const fn = params.op.toLowerCase() as Lowercase<typeof params.op>;
    return reduceFactors(context, (x as Operand).view, { fn: dtype === "bool" ? onBools[fn] : fn, over: (axis) => params.axis.includes(axis) });
  },
} satisfies Rules;
