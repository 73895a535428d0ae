/**
 * jax-js writes every contraction as one primitive: the sum of x · y over the last axis, after broadcasting. Here the
 * axes that both operands really have become batch axes, those of one operand rows or columns, and the product becomes
 * one `dot` whose operands are taken as they lie in memory.
 */
import type { Node } from "../graph.js";
import { broadcastView, refine, shapeOf, type Factor, type View } from "../view.js";
import { binary, broadcastShape, convert, elementwise, physicalSlots, runsOf, viewOfSlots, type Context, type Rules } from "./context.js";
import { reduceFactors } from "./reduce.js";

type Role = "batch" | "rows" | "columns" | "contract";

interface Side {
  readonly node: Node;
  /** Slots of each axis of the node, one or several that lie side by side. */
  readonly axes: readonly (readonly number[])[];
}

/** Makes one axis of axes that lie side by side, have one role, and follow each other in the other operand too. */
function fuseAxes({ builder }: Context, { view, role, other }: { view: View; role: (slot: number) => Role; other: readonly number[] }): Side {
  const groups = runsOf(physicalSlots(view.axes.flat()), (before, slot) => {
    const shared = role(slot) === "batch" || role(slot) === "contract";
    return role(before) === role(slot) && (!shared || other.indexOf(slot) === other.indexOf(before) + 1);
  });
  const sizes = view.axes.flat().map(({ size }) => size);
  return { node: builder.reshape(view.node, groups.map((group) => group.reduce((product, slot) => product * (sizes[slot] as number), 1))), axes: groups };
}

function contractFactors(context: Context, [x, y]: readonly [View, View]): View {
  const { builder } = context;
  const [left, right] = refine(builder, [x, y]) as [View, View];
  const [a, b] = [left.axes.flat(), right.axes.flat()];
  const contracted = left.axes.slice(0, -1).flat().length;
  const role = (slot: number): Role => {
    const both = (a[slot] as Factor).axis >= 0 && (b[slot] as Factor).axis >= 0;
    if (slot >= contracted) return "contract";
    return both ? "batch" : (a[slot] as Factor).axis >= 0 ? "rows" : "columns";
  };
  const [slotsA, slotsB] = [physicalSlots(a), physicalSlots(b)];
  const sideA = fuseAxes(context, { view: left, role, other: slotsB });
  const sideB = fuseAxes(context, { view: right, role, other: slotsA });
  const axesOf = (side: Side, wanted: Role): number[] => side.axes.flatMap((group, axis) => (role(group[0] as number) === wanted ? [axis] : []));
  const partner = (axis: number): number => sideB.axes.findIndex((group) => group[0] === sideA.axes[axis]?.[0]);
  const batch = axesOf(sideA, "batch");
  const contract = axesOf(sideA, "contract");
  const groups = [...batch.map((axis) => sideA.axes[axis]), ...axesOf(sideA, "rows").map((axis) => sideA.axes[axis]), ...axesOf(sideB, "columns").map((axis) => sideB.axes[axis])] as number[][];
  const sizes = a.map(({ size }) => size);
  const shape = groups.map((group) => group.reduce((product, slot) => product * (sizes[slot] as number), 1));
  const node = builder.node("dot", [sideA.node, sideB.node], { shape, dtype: left.node.dtype, attributes: { batch: [batch, batch.map(partner)], contract: [contract, contract.map(partner)] } });
  const order = groups.flat();
  const like: View = { node, axes: left.axes.slice(0, -1) };
  return viewOfSlots(context, builder.reshape(node, order.map((slot) => sizes[slot] as number)), { like, order });
}

/** The sum of x · y over the last axis. */
export function dot(context: Context, [x, y]: readonly [View, View]): View {
  const shape = broadcastShape([shapeOf(x), shapeOf(y)]);
  const last = shape.length - 1;
  const [a, b] = refine(context.builder, [broadcastView(x, shape), broadcastView(y, shape)]) as [View, View];
  const keys = (view: View): readonly Factor[] => view.axes[last] ?? [];
  const both = (i: number): boolean => (keys(a)[i] as Factor).axis >= 0 && (keys(b)[i] as Factor).axis >= 0;
  const shared = keys(a).filter((_, i) => both(i)).length;
  if (shared < keys(a).length) {
    // Contracted factors that one side merely repeats: sum the other side over them first, then they are gone. The left side is summed over those, too, that both repeat.
    const apart = (view: View): View => ({ node: view.node, axes: [...view.axes.slice(0, last), keys(view).filter((_, i) => both(i)), ...keys(view).filter((_, i) => !both(i)).map((factor) => [factor])] });
    const [left, right] = [apart(a), apart(b)];
    const repeats = (view: View, axis: number): boolean => (view.axes[axis]?.[0]?.axis ?? -1) < 0;
    const sumA = reduceFactors(context, left, { fn: "add", over: (axis) => axis > last && (!repeats(left, axis) || repeats(right, axis)) });
    const sumB = reduceFactors(context, right, { fn: "add", over: (axis) => axis > last && !repeats(right, axis) });
    return dot(context, [sumA, sumB].map(({ node, axes }): View => ({ node, axes: axes.slice(0, last + 1) })) as [View, View]);
  }
  const squeeze = (view: View): View => ({ node: view.node, axes: view.axes.slice(0, last) });
  if (shared === 0) return binary(context, "mul", [squeeze(a), squeeze(b)]);
  const rows = a.axes.slice(0, last).flat().some((factor, i) => factor.axis >= 0 && (b.axes.slice(0, last).flat()[i] as Factor).axis < 0);
  const columns = b.axes.slice(0, last).flat().some((factor, i) => factor.axis >= 0 && (a.axes.slice(0, last).flat()[i] as Factor).axis < 0);
  if (rows || columns) return contractFactors(context, [a, b]);
  // Row by row products fuse better as a sum of products.
  const product = elementwise(context, [a, b], { op: "mul", dtype: a.node.dtype, attributes: {} });
  return reduceFactors(context, product, { fn: "add", over: (axis) => axis === last });
}

export const dotRules = {
  dot: (context, { inputs, dtype }) => {
    const views = inputs.map(({ view }) => convert(context, view, dtype)) as [View, View];
    if (dtype !== "bool") return dot(context, views);
    const product = elementwise(context, views, { op: "and", dtype, attributes: {} });
    return reduceFactors(context, product, { fn: "or", over: (axis) => axis === product.axes.length - 1 });
  },
} satisfies Rules;
