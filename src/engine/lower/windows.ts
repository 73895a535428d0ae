/** Windows that slide over the last axes: picked out by constant indices, and added back at the same places. */
import { sizeOf } from "../../util/index.js";
import type { Node, Shape } from "../graph.js";
import type { Primitives } from "../trace.js";
import { shapeOf } from "../view.js";
import type { Context, Operand, Rules } from "./context.js";
import { gatherView, scatterView } from "./shape.js";

/** For each place and each element of its window, where it lies on the pooled axes: (places…, window…, axes). What is not pooled comes first in the result. */
function windowPlaces({ builder }: Context, { shape, window, strides }: Primitives["pool"] & { readonly shape: Shape }): { index: Node; axes: number[]; outDim: number } {
  const first = shape.length - window.length;
  const places = window.map((length, i) => Math.ceil(((shape[first + i] as number) - length + 1) / (strides[i] as number)));
  const sizes = [...places, ...window];
  const steps = sizes.map((_, axis) => sizeOf(sizes.slice(axis + 1)));
  const count = window.length;
  const data = Int32Array.from({ length: sizeOf(sizes) * count }, (_, at) => {
    const [element, i] = [Math.floor(at / count), at % count];
    const coordinate = (axis: number): number => Math.floor(element / (steps[axis] as number)) % (sizes[axis] as number);
    return coordinate(i) * (strides[i] as number) + coordinate(count + i);
  });
  const axes = window.map((_, i) => first + i);
  return { index: builder.node("array", [], { shape: [...sizes, count], dtype: "int32", attributes: { data } }), axes, outDim: first };
}

export const windowRules = {
  pool: (context, { inputs: [x], params }) => {
    const { view } = x as Operand;
    return gatherView(context, view, windowPlaces(context, { ...params, shape: shapeOf(view) }));
  },
  pool_transpose: (context, { inputs: [x], params, shape }) => scatterView(context, (x as Operand).view, { ...windowPlaces(context, { ...params, shape }), shape, fn: "add" }),
} satisfies Rules;
