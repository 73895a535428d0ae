/** Windows that slide over the last axes: picked out by constant indices, and added back at the same places. */
import type { Node } from "../graph.js";
import { sizeOf } from "../../util/index.js";
import { materialize, shapeOf, transposeView, viewOf } from "../view.js";
import type { Context, Operand, Rules } from "./context.js";
import { gatherNode } from "./shape.js";

type Windows = { readonly shape: readonly number[]; readonly window: readonly number[]; readonly strides: readonly number[] };

/** For each place and each element of its window, where it lies on the pooled axes: (places…, window…, axes). */
function windowIndices({ builder }: Context, { shape, window, strides }: Windows): { indices: Node; axes: number[] } {
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
  return { indices: builder.node("array", [], { shape: [...sizes, count], dtype: "int32", attributes: { data } }), axes };
}

export const windowRules = {
  pool: (context, { inputs: [x], params }) => {
    const operand = materialize(context.builder, (x as Operand).view);
    const { indices, axes } = windowIndices(context, { ...params, shape: operand.shape });
    const node = gatherNode(context, operand, { index: indices, axes });
    // What was not pooled comes first in the result.
    const count = indices.shape.length - 1;
    const rank = node.shape.length;
    return transposeView(viewOf(context.builder, node), node.shape.map((_, i) => (i + count) % rank));
  },
  pool_transpose: (context, { inputs: [x], params, shape }) => {
    const { view } = x as Operand;
    const { indices, axes } = windowIndices(context, { ...params, shape });
    const rank = shapeOf(view).length;
    const kept = shape.length - axes.length;
    const perm = Array.from({ length: rank }, (_, i) => (i + kept) % rank);
    const updates = materialize(context.builder, transposeView(view, perm));
    return viewOf(context.builder, context.builder.node("scatter", [updates, indices], { shape, dtype: view.node.dtype, attributes: { axes, fn: "add" } }));
  },
} satisfies Rules;
