/**
 * Views: a node seen through reshapes, transposes and broadcasts that have not happened. Each logical axis is a list of
 * factors, each factor an axis of the node or, with axis −1, a repetition. So a broadcast costs nothing until an
 * operation needs its elements side by side, and a transpose next to a matrix product becomes a choice of axes.
 *
 * Invariants: factors of size 1 are left out; every axis of the node belongs to exactly one factor.
 */
import { sameShape, type GraphBuilder, type Node, type Shape } from "./graph.js";
import { sizeOf } from "../util/index.js";

export interface Factor {
  readonly size: number;
  /** The node's axis, or −1: repeated. */
  readonly axis: number;
}

export interface View {
  readonly node: Node;
  readonly axes: readonly (readonly Factor[])[];
}

/** The factors of an axis that is nothing but a repetition. */
export const repeated = (size: number): Factor[] => (size === 1 ? [] : [{ size, axis: -1 }]);
const productOf = (factors: readonly Factor[]): number => factors.reduce((product, { size }) => product * size, 1);

export function shapeOf(view: View): number[] {
  return view.axes.map(productOf);
}

/** A node seen as it is. */
export function viewOf(builder: GraphBuilder, node: Node): View {
  let axis = 0;
  const axes = node.shape.map((size) => (size === 1 ? [] : [{ size, axis: axis++ }]));
  return { node: builder.reshape(node, node.shape.filter((size) => size !== 1)), axes };
}

/** NumPy's broadcasting: new leading axes, and axes of size 1 repeated. */
export function broadcastView(view: View, shape: Shape): View {
  return insertAxes(view, { shape, inserted: shape.slice(view.axes.length).map((_, i) => i) });
}

/** New repeated axes at places `inserted` of the result, whose shape is given. */
export function insertAxes(view: View, { shape, inserted }: { shape: Shape; inserted: readonly number[] }): View {
  let next = 0;
  const axes = shape.map((size, i) => {
    const own = inserted.includes(i) ? undefined : view.axes[next++];
    return own === undefined || own.length === 0 ? repeated(size) : own;
  });
  return { node: view.node, axes };
}

export function transposeView({ node, axes }: View, perm: readonly number[]): View {
  return { node, axes: perm.map((axis) => axes[axis] as readonly Factor[]) };
}

/** Splits one factor of a view in two, the outer of size `outer`. */
function splitFactor(builder: GraphBuilder, { view, axis, index, outer }: { view: View; axis: number; index: number; outer: number }): View {
  const factor = view.axes[axis]?.[index] as Factor;
  const inner = factor.size / outer;
  const at = factor.axis;
  const parts: Factor[] = at < 0 ? [{ size: outer, axis: -1 }, { size: inner, axis: -1 }] : [{ size: outer, axis: at }, { size: inner, axis: at + 1 }];
  const node = at < 0 ? view.node : builder.reshape(view.node, view.node.shape.toSpliced(at, 1, outer, inner));
  const shift = (f: Factor): Factor => (at >= 0 && f.axis > at ? { size: f.size, axis: f.axis + 1 } : f);
  return { node, axes: view.axes.map((factors, a) => factors.flatMap((f, i) => (a === axis && i === index ? parts : [shift(f)]))) };
}

/** The view's elements as a node of its logical shape, row-major. */
export function materialize(builder: GraphBuilder, view: View): Node {
  const slots = view.axes.flat();
  return builder.reshape(arrange(builder, { view, slots }), shapeOf(view));
}

/** The node with one axis per slot, in this order; slots are the view's own factors. */
export function arrange(builder: GraphBuilder, { view, slots }: { view: View; slots: readonly Factor[] }): Node {
  const real = slots.filter(({ axis }) => axis >= 0);
  const moved = builder.transpose(view.node, real.map(({ axis }) => axis));
  const dims = slots.flatMap(({ axis }, i) => (axis >= 0 ? [i] : []));
  return builder.broadcast(moved, { dims, shape: slots.map(({ size }) => size) });
}

/** The same view with each of the given axes made of one real factor (or none where its size is 1). */
export function mergeAxes(builder: GraphBuilder, { view, axes }: { view: View; axes: readonly number[] }): View {
  const done = axes.every((axis) => {
    const factors = view.axes[axis] ?? [];
    return factors.length === 0 || (factors.length === 1 && (factors[0] as Factor).axis >= 0);
  });
  if (done) return view;
  const keptSlots = view.axes.flatMap((factors, axis) => (axes.includes(axis) ? factors : factors.filter((factor) => factor.axis >= 0)));
  const node = arrange(builder, { view, slots: keptSlots });
  const shape: number[] = [];
  const merged = view.axes.map((factors, axis): Factor[] => {
    if (!axes.includes(axis)) return factors.map(({ size, axis: own }) => (own < 0 ? { size, axis: -1 } : { size, axis: shape.push(size) - 1 }));
    const size = productOf(factors);
    return size === 1 ? [] : [{ size, axis: shape.push(size) - 1 }];
  });
  return { node: builder.reshape(node, shape), axes: merged };
}

/** The same elements under another shape; nothing moves unless factors would have to be cut across. */
export function reshapeView(builder: GraphBuilder, view: View, shape: Shape): View {
  if (sameShape(shapeOf(view), shape)) return view;
  if (sizeOf(shape) === 0) return viewOf(builder, builder.reshape(materialize(builder, view), shape));
  // All factors in one list, cut at the borders of the new axes.
  let flat: View = { node: view.node, axes: [view.axes.flat()] };
  const axes: number[] = [];
  let index = 0;
  for (const size of shape) {
    let left = size;
    const start = index;
    while (left > 1) {
      const factor = flat.axes[0]?.[index] as Factor;
      if (left % factor.size === 0) left /= factor.size;
      else if (factor.size % left === 0) {
        flat = splitFactor(builder, { view: flat, axis: 0, index, outer: left });
        left = 1;
      } else return viewOf(builder, builder.reshape(materialize(builder, view), shape));
      index++;
    }
    axes.push(index - start);
  }
  let next = 0;
  return { node: flat.node, axes: axes.map((count) => (flat.axes[0] ?? []).slice(next, (next += count))) };
}

/** Views of one logical shape, cut so that all have factors of the same sizes; the axis `except` is left as it is. */
export function refine(builder: GraphBuilder, views: readonly View[], { except }: { except?: number } = {}): View[] {
  const result = [...views];
  const rank = views[0]?.axes.length ?? 0;
  for (let axis = 0; axis < rank; axis++) {
    if (axis === except) continue;
    for (let index = 0; ; index++) {
      const sizes = result.map((view) => view.axes[axis]?.[index]?.size);
      const present = sizes.filter((size) => size !== undefined);
      if (present.length === 0) break;
      const smallest = Math.min(...present);
      if (present.length < sizes.length || smallest === 0 || present.some((size) => size % smallest !== 0)) {
        // Sizes that do not nest: one factor for the whole axis.
        result.forEach((view, i) => (result[i] = mergeAxes(builder, { view, axes: [axis] })));
        break;
      }
      result.forEach((view, i) => {
        if (sizes[i] !== smallest) result[i] = splitFactor(builder, { view, axis, index, outer: smallest });
      });
    }
  }
  return result;
}
