/** What the lowering rules share: views aligned for elementwise work, and the small conveniences on top. */
import { isOp, type Attributes, type BinaryName, type ElementType, type GraphBuilder, type Node, type OpName, type Shape, type UnaryName } from "../graph.js";
import { sizeOf } from "../../util/index.js";
import type { Primitives, PrimitiveName } from "../trace.js";
import { arrange, broadcastView, refine, shapeOf, type Factor, type View } from "../view.js";

/** An operand of an equation. `variable` is its identity in the trace, −1 for a literal. */
export interface Operand {
  readonly view: View;
  readonly dtype: ElementType;
  readonly weak: boolean;
  readonly variable: number;
}

/** A rule turns the operands of one primitive into the views of its results. */
export type Rule<Params> = (context: Context, call: Call<Params>) => View | View[];

export interface Call<Params> {
  readonly inputs: readonly Operand[];
  readonly params: Params;
  /** Of the first result. */
  readonly shape: Shape;
  readonly dtype: ElementType;
}

/** A family's table of rules. */
export type Rules = { readonly [K in PrimitiveName]?: Rule<Primitives[K]> };

export interface Context {
  readonly builder: GraphBuilder;
  /** Nodes −x where x is a value whose gradient is stopped, for the rule of hand-written derivatives. */
  readonly negatedStops: Set<Node>;
  readonly stopped: Set<number>;
}

export function broadcastShape(shapes: readonly Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((shape) => shape[i - rank + shape.length] ?? 1);
    return sizes.find((size) => size !== 1) ?? 1;
  });
}

/** jax-js's promotion: bool < uint32 < int32 < float32, and a plain number takes the dtype of what it meets. */
export function promote(operands: readonly Operand[]): ElementType {
  const ranks: readonly ElementType[] = ["bool", "uint32", "int32", "float32"];
  const highest = (dtypes: readonly ElementType[]): ElementType => ranks[Math.max(...dtypes.map((dtype) => ranks.indexOf(dtype)))] as ElementType;
  const strong = operands.filter(({ weak }) => !weak).map(({ dtype }) => dtype);
  if (strong.length === 0 || strong.length === operands.length) return highest(operands.map(({ dtype }) => dtype));
  return highest([...strong, "uint32"]);
}

/** What arithmetic means for truth values. */
export const onBools = { add: "or", mul: "and", min: "and", max: "or" } as const;

export function constantView({ builder }: Context, value: number, { dtype, shape = [], exact = false }: { dtype: ElementType; shape?: Shape; exact?: boolean }): View {
  return broadcastView({ node: builder.constant(value, dtype, { exact }), axes: [] }, shape);
}

/** Applies an operation to each element of a view, laid out or not. */
export function unary({ builder }: Context, { node, axes }: View, { op, dtype = node.dtype }: { op: UnaryName | "convert" | "bitcast"; dtype?: ElementType }): View {
  return { node: builder.node(op, [node], { shape: node.shape, dtype, attributes: {} }), axes };
}

export function convert(context: Context, view: View, dtype: ElementType): View {
  const { node } = view;
  if (node.dtype === dtype) return view;
  if (isOp(node, "constant")) {
    const { value } = node.attributes;
    const number = dtype === "bool" ? Number(value !== 0) : dtype === "float32" ? value : Math.trunc(value);
    if (Number.isFinite(number)) return { node: context.builder.constant(number, dtype), axes: view.axes };
  }
  return unary(context, view, { op: "convert", dtype });
}

/** The places of the factors that a view really has, in the order of its node's axes. */
export function physicalSlots(flat: readonly Factor[]): number[] {
  const axisOf = (slot: number): number => (flat[slot] as Factor).axis;
  return flat.map((_, slot) => slot).filter((slot) => axisOf(slot) >= 0).sort((a, b) => axisOf(a) - axisOf(b));
}

/** Cuts a list of slots wherever one does not join the one before. */
export function runsOf(slots: readonly number[], joins: (before: number, slot: number) => boolean): number[][] {
  const starts = slots.flatMap((slot, i) => (i > 0 && joins(slots[i - 1] as number, slot) ? [] : [i]));
  return starts.map((start, run) => slots.slice(start, starts[run + 1]));
}

/**
 * Views of one logical shape with factors of the same sizes. `order`: positions in the flat list of factors that some
 * view really has, as they lie in the largest view: the order of the result's axes.
 */
function align({ builder }: Context, operands: readonly View[]): { views: readonly View[]; order: readonly number[] } {
  const shape = broadcastShape(operands.map(shapeOf));
  const views = refine(builder, operands.map((view) => broadcastView(view, shape)));
  const flats = views.map((view) => view.axes.flat());
  // The largest view decides; among equals, one that lies in logical order.
  const disorder = (flat: readonly Factor[]): number => (flat.filter(({ axis }) => axis >= 0).every(({ axis }, i) => axis === i) ? 0 : 1);
  const leader = views.map((view, i) => ({ i, size: sizeOf(view.node.shape), disorder: disorder(flats[i] as Factor[]) })).reduce((a, b) => (b.size > a.size || (b.size === a.size && b.disorder < a.disorder) ? b : a));
  const lead = flats[leader.i] as Factor[];
  const order = physicalSlots(lead);
  lead.forEach((_, slot) => {
    if (order.includes(slot) || flats.every((flat) => (flat[slot] as Factor).axis < 0)) return;
    order.splice(order.indexOf(slot - 1) + 1, 0, slot);
  });
  return { views, order };
}

/**
 * The view of a node whose axes are the slots in `order`, with the other slots repeated. Slots of one logical axis that
 * lie side by side become one factor again, so that an axis once cut for an operand does not stay cut.
 */
export function viewOfSlots({ builder }: Context, node: Node, { like, order }: { like: View; order: readonly number[] }): View {
  const owner = like.axes.flatMap((factors, axis) => factors.map(() => axis));
  const sizes = like.axes.flat().map(({ size }) => size);
  const runs = runsOf(order, (before, slot) => before === slot - 1 && owner[before] === owner[slot]);
  const lengths = runs.map((run) => run.reduce((product, slot) => product * (sizes[slot] as number), 1));
  const axes: Factor[][] = like.axes.map(() => []);
  owner.forEach((axis, slot) => {
    const run = runs.findIndex((slots) => slots.includes(slot));
    const factors = axes[axis] as Factor[];
    const last = factors.at(-1);
    if (run < 0 && last?.axis === -1) factors[factors.length - 1] = { size: last.size * (sizes[slot] as number), axis: -1 };
    else if (run < 0) factors.push({ size: sizes[slot] as number, axis: -1 });
    else if (runs[run]?.[0] === slot) factors.push({ size: lengths[run] as number, axis: run });
  });
  return { node: builder.reshape(node, lengths), axes };
}

/** Applies an operation to the elements of views that broadcast against each other. */
export function elementwise<K extends OpName>(context: Context, operands: readonly View[], { op, dtype, attributes }: Pick<Node<K>, "op" | "dtype" | "attributes">): View {
  const { views, order } = align(context, operands);
  const nodes = views.map((view) => {
    const flat = view.axes.flat();
    return arrange(context.builder, { view, slots: order.map((slot) => flat[slot] as Factor) });
  });
  const like = views[0] as View;
  const flat = like.axes.flat();
  const shape = order.map((slot) => (flat[slot] as Factor).size);
  return viewOfSlots(context, context.builder.node(op, nodes, { shape, dtype, attributes }), { like, order });
}

const folds: Partial<Record<BinaryName, (x: number, y: number) => number>> = { add: (x, y) => x + y, subtract: (x, y) => x - y, mul: (x, y) => x * y, divide: (x, y) => x / y, min: Math.min, max: Math.max };

const constantOf = ({ node }: View): Attributes["constant"] | undefined => (isOp(node, "constant") ? node.attributes : undefined);

/** One binary operation on two views of one dtype, with neutral constants dropped and float constants folded. */
export function binary(context: Context, op: BinaryName, [x, y]: readonly [View, View]): View {
  const { dtype } = x.node;
  const shape = broadcastShape([shapeOf(x), shapeOf(y)]);
  const [a, b] = [constantOf(x), constantOf(y)];
  if (op === "add" && a?.value === 0) return broadcastView(y, shape);
  if (op === "add" && b?.value === 0) return broadcastView(x, shape);
  if (op === "mul" && (a?.exact === true || b?.value === 1)) return broadcastView(x, shape);
  if (op === "mul" && (b?.exact === true || a?.value === 1)) return broadcastView(y, shape);
  const fold = dtype === "float32" ? folds[op] : undefined;
  if (fold !== undefined && a !== undefined && b !== undefined) return constantView(context, fold(a.value, b.value), { dtype, shape });
  // jax-js writes x − y as x + −y.
  const negated = op === "add" ? [y, x].find(({ node }) => node.op === "neg") : undefined;
  if (negated !== undefined) return binary(context, "subtract", [negated === y ? x : y, { node: negated.node.inputs[0] as Node, axes: negated.axes }]);
  return elementwise(context, [x, y], { op, dtype, attributes: {} });
}
