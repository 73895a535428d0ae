import type { Node, ScatterName, Shape } from "../graph.js";
import { arrange, broadcastView, insertAxes, materialize, mergeAxes, refine, repeated, reshapeView, shapeOf, transposeView, viewOf, type Factor, type View } from "../view.js";
import { broadcastShape, convert, type Context, type Operand, type Rules } from "./context.js";

/** Logical axes of which a view has a real, single factor; the place of that factor in the node. */
function placeOf(view: View, axis: number): number {
  return view.axes[axis]?.[0]?.axis ?? -1;
}

/** Cuts ranges out of axes; a repeated axis only changes its size. */
export function sliceView(context: Context, view: View, ranges: readonly (readonly [number, number])[]): View {
  const shape = shapeOf(view);
  const cut = ranges.flatMap(([start, end], axis) => (start === 0 && end === shape[axis] ? [] : [axis]));
  const lazy = cut.filter((axis) => shape[axis] === 1 || (view.axes[axis]?.length === 1 && placeOf(view, axis) < 0));
  const real = cut.filter((axis) => !lazy.includes(axis));
  const { node, axes } = resized(context, { view, ranges: new Map(real.map((axis) => [axis, ranges[axis] as readonly [number, number]])) });
  const sizes = ranges.map(([from, to]) => to - from);
  return { node, axes: axes.map((factors, axis) => (lazy.includes(axis) ? repeated(sizes[axis] as number) : factors)) };
}

/** Some axes from one place to another: both within an axis (a slice), or neither (zeros around it). Axes of size 1 go. */
function resized(context: Context, { view, ranges }: { view: View; ranges: ReadonlyMap<number, readonly [from: number, to: number]> }): View {
  if (ranges.size === 0) return view;
  const { builder } = context;
  const { view: { node, axes }, places } = withRealAxes(context, view, [...ranges.keys()]);
  const [offsets, shape] = [node.shape.map(() => 0), [...node.shape]];
  [...ranges.values()].forEach(([from, to], i) => {
    const place = places[i] as number;
    [offsets[place], shape[place]] = [from, to - from];
  });
  const { dtype } = node;
  const isPad = shape.some((size, i) => size > (node.shape[i] as number));
  const made = isPad ? builder.node("pad", [node], { shape, dtype, attributes: { low: offsets.map((from) => Math.abs(from)) } }) : builder.node("slice", [node], { shape, dtype, attributes: { start: offsets } });
  const next = shape.map((_, i) => shape.slice(0, i).filter((size) => size !== 1).length);
  const keep = ({ size, axis }: Factor): Factor[] => (axis < 0 ? [{ size, axis }] : shape[axis] === 1 ? [] : [{ size: shape[axis] as number, axis: next[axis] as number }]);
  return { node: builder.reshape(made, shape.filter((size) => size !== 1)), axes: axes.map((factors) => factors.flatMap(keep)) };
}

/** The node of a view with one real axis for each listed logical axis, also those of size 1, at their end. */
function withRealAxes(context: Context, view: View, axes: readonly number[]): { view: View; places: number[] } {
  const merged = mergeAxes(context.builder, { view, axes });
  const shape = [...merged.node.shape];
  const grown = merged.axes.map((factors, axis): readonly Factor[] => (axes.includes(axis) && factors.length === 0 ? [{ size: 1, axis: shape.push(1) - 1 }] : factors));
  return { view: { node: context.builder.reshape(merged.node, shape), axes: grown }, places: axes.map((axis) => grown[axis]?.[0]?.axis as number) };
}

function concatenate(context: Context, views: readonly View[], axis: number): View {
  const { builder } = context;
  const parts = views.filter((view) => shapeOf(view)[axis] !== 0);
  if (parts.length < 2) return (parts[0] ?? views[0]) as View;
  // The other axes, cut alike; where one part has a real factor, all get one.
  const cut = refine(builder, parts.map((view) => withRealAxes(context, view, [axis]).view), { except: axis });
  const flats = cut.map((view) => view.axes.flat());
  const { axes } = cut[0] as View;
  const joined = axes.slice(0, axis).flat().length;
  const slots = axes.flat().map((_, slot) => slot).filter((slot) => flats.some((flat) => (flat[slot] as Factor).axis >= 0));
  const nodes = cut.map((view, i) => arrange(builder, { view, slots: slots.map((slot) => flats[i]?.[slot] as Factor) }));
  const at = slots.indexOf(joined);
  const [{ shape: first, dtype }] = nodes as [Node];
  const shape = first.with(at, nodes.reduce((sum, node) => sum + (node.shape[at] as number), 0));
  const node = builder.node("concatenate", nodes, { shape, dtype, attributes: { axis: at } });
  let slot = 0;
  const places = axes.map((factors) => factors.map(({ size }): Factor => ({ size, axis: slots.indexOf(slot++) })));
  return { node, axes: places.with(axis, [{ size: shape[at] as number, axis: at }]) };
}

/** One int32 index vector per result element: the indices side by side on a new last axis. */
function stackIndices(context: Context, indices: readonly Operand[]): Node {
  const shape = broadcastShape(indices.map(({ view }) => shapeOf(view)));
  const nodes = indices.map(({ view }) => {
    const node = materialize(context.builder, broadcastView(convert(context, view, "int32"), shape));
    return context.builder.reshape(node, [...shape, 1]);
  });
  if (nodes.length === 1) return nodes[0] as Node;
  return context.builder.node("concatenate", nodes, { shape: [...shape, nodes.length], dtype: "int32", attributes: { axis: shape.length } });
}

/** Moves the index axes of a gather's result from the front to `outDim`. */
function indexPerm({ rank, index, outDim }: { rank: number; index: Node; outDim: number }): number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  const own = axes.splice(0, index.shape.length - 1);
  return axes.toSpliced(outDim, 0, ...own);
}

/** Which elements: index vectors on the last axis of `index` into `axes`, whose own axes stand at `outDim` among the others. */
interface Places {
  readonly index: Node;
  readonly axes: readonly number[];
  readonly outDim: number;
}

/** Elements picked out. */
export function gatherView({ builder }: Context, view: View, { index, axes, outDim }: Places): View {
  const operand = materialize(builder, view);
  const shape = [...index.shape.slice(0, -1), ...operand.shape.filter((_, axis) => !axes.includes(axis))];
  const node = builder.node("gather", [operand, index], { shape, dtype: operand.dtype, attributes: { axes } });
  return transposeView(viewOf(builder, node), indexPerm({ rank: shape.length, index, outDim }));
}

/** Elements put, or added up, among zeros of a shape. */
export function scatterView({ builder }: Context, view: View, { index, axes, outDim, shape, fn }: Places & { shape: Shape; fn: ScatterName }): View {
  const perm = indexPerm({ rank: view.axes.length, index, outDim });
  const updates = materialize(builder, transposeView(view, perm.map((_, i) => perm.indexOf(i))));
  return viewOf(builder, builder.node("scatter", [updates, index], { shape, dtype: updates.dtype, attributes: { axes, fn } }));
}

export const shapeRules = {
  transpose: (_, { inputs: [x], params }) => transposeView((x as Operand).view, params.perm),
  reshape: ({ builder }, { inputs: [x], shape }) => reshapeView(builder, (x as Operand).view, shape),
  broadcast: (_, { inputs: [x], params, shape }) => insertAxes((x as Operand).view, { shape, inserted: params.axis }),
  shrink: (context, { inputs: [x], params }) => sliceView(context, (x as Operand).view, params.slice),
  split: (context, { inputs: [x], params }) => {
    const { view } = x as Operand;
    let start = 0;
    return params.sizes.map((size) => {
      const ranges = shapeOf(view).map((length, axis): [number, number] => (axis === params.axis ? [start, start + size] : [0, length]));
      start += size;
      return sliceView(context, view, ranges);
    });
  },
  pad: (context, { inputs: [x], params }) => {
    const { view } = x as Operand;
    const ranges = params.width.flatMap(([low, high], axis): [number, [number, number]][] => (low === 0 && high === 0 ? [] : [[axis, [-low, (shapeOf(view)[axis] as number) + high]]]));
    return resized(context, { view, ranges: new Map(ranges) });
  },
  flip: (context, { inputs: [x], params }) => {
    const flipped = params.axis.filter((axis) => ((x as Operand).view.axes[axis] ?? []).some((factor) => factor.axis >= 0));
    const view = mergeAxes(context.builder, { view: (x as Operand).view, axes: flipped });
    if (flipped.length === 0) return view;
    const node = context.builder.node("reverse", [view.node], { shape: view.node.shape, dtype: view.node.dtype, attributes: { axes: flipped.map((axis) => placeOf(view, axis)) } });
    return { node, axes: view.axes };
  },
  concatenate: (context, { inputs, params, dtype }) => concatenate(context, inputs.map(({ view }) => convert(context, view, dtype)), params.axis),
  gather: (context, { inputs: [x, ...indices], params: { axis, outDim } }) => gatherView(context, (x as Operand).view, { index: stackIndices(context, indices), axes: axis, outDim }),
  scatter: (context, { inputs: [x, ...indices], params: { axis, outDim, op }, shape }) =>
    scatterView(context, (x as Operand).view, { index: stackIndices(context, indices), axes: axis, outDim, shape, fn: op === "add" ? "add" : "set" }),
} satisfies Rules;
