/**
 * The engine's own program: a graph of array operations with explicit shapes, made by `trace`, read by the printers.
 * Equal nodes are one node, so a value that the trace computed twice is computed once.
 */
import { sizeOf } from "../util/index.js";

export type ElementType = "float32" | "int32" | "uint32" | "bool";
export type Shape = readonly number[];

export type UnaryName = "neg" | "exp" | "log" | "sqrt" | "sin" | "cos" | "asin" | "atan" | "erf" | "erfc" | "floor" | "ceil" | "not" | "popcount";
export type BinaryName = "add" | "subtract" | "mul" | "divide" | "remainder" | "min" | "max" | "and" | "or" | "xor" | "shl" | "shr";
export type CompareName = "less" | "less_equal" | "equal" | "not_equal";
export type ReduceName = "add" | "mul" | "min" | "max" | "and" | "or";
/** What scatter does where several updates meet at one place. */
export type ScatterName = "add" | "set";

/** Operations that need nothing beside their inputs. */
type NoAttributes = Readonly<Record<string, never>>;

/** What each operation needs to know beside its inputs. */
export interface Attributes extends Readonly<Record<UnaryName | BinaryName, NoAttributes>> {
  readonly parameter: { readonly index: number; readonly name: string };
  /** One number; `exact` marks a zero that annihilates even infinities, because it stands for x − x of a hand-written derivative. */
  readonly constant: { readonly value: number; readonly exact: boolean };
  /** Elements fixed at compile time. */
  readonly array: { readonly data: Float32Array | Int32Array | Uint32Array | Uint8Array };
  readonly compare: { readonly direction: CompareName };
  readonly select: NoAttributes;
  readonly convert: NoAttributes;
  readonly bitcast: NoAttributes;
  /** Input axis i becomes axis `dims[i]`; the others repeat. */
  readonly broadcast: { readonly dims: readonly number[] };
  readonly reshape: NoAttributes;
  readonly transpose: { readonly perm: readonly number[] };
  readonly slice: { readonly start: readonly number[] };
  /** Zeros around the input. */
  readonly pad: { readonly low: readonly number[] };
  readonly reverse: { readonly axes: readonly number[] };
  readonly concatenate: { readonly axis: number };
  readonly reduce: { readonly fn: ReduceName; readonly axes: readonly number[] };
  /** Result axes: batch, free axes of the left, free axes of the right. */
  readonly dot: { readonly batch: AxisPairs; readonly contract: AxisPairs };
  /** Inputs: operand, indices (…, n). Result axes: those of the indices without the last, then the operand's other axes. */
  readonly gather: { readonly axes: readonly number[] };
  /** Inputs: updates (as gather's result), indices (…, n). Adds or writes into zeros. */
  readonly scatter: { readonly axes: readonly number[]; readonly fn: ScatterName };
}

/** Axes of the left and of the right operand that belong together, in order. */
export type AxisPairs = readonly [left: readonly number[], right: readonly number[]];
export type OpName = keyof Attributes;

/** One operation and its result. */
export interface Node<K extends OpName = OpName> {
  readonly id: number;
  readonly op: K;
  readonly inputs: readonly Node[];
  readonly shape: Shape;
  readonly dtype: ElementType;
  readonly attributes: Attributes[K];
}

/** A whole program: nodes in an order in which inputs come first. */
export interface Graph {
  readonly parameters: readonly Node<"parameter">[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly Node[];
}

/** What somebody does with each operation: each printer and interpreter is such a table. A parameter is known before. */
export type NodeTable<Context, Result> = { readonly [K in Exclude<OpName, "parameter">]: (node: Node<K>, context: Context) => Result };

/** What a table says of a node. */
export function lookUp<Context, Result>(table: NodeTable<Context, Result>, { op }: Node): (node: Node, context: Context) => Result {
  return table[op as Exclude<OpName, "parameter">] as (node: Node, context: Context) => Result;
}

/** Narrows a node by its operation. */
export function isOp<K extends OpName>(node: Node, op: K): node is Node<K> {
  return node.op === op;
}

const commutative: ReadonlySet<OpName> = new Set<OpName>(["add", "mul", "min", "max", "and", "or", "xor"]);

/** Makes nodes; equal ones once. */
export class GraphBuilder {
  private readonly known = new Map<string, Node>();
  private readonly parameters: Node<"parameter">[] = [];
  private count = 0;

  node<K extends OpName>(op: K, operands: readonly Node[], { shape, dtype, attributes }: { shape: Shape; dtype: ElementType; attributes: Attributes[K] }): Node<K> {
    const inputs = commutative.has(op) ? operands.toSorted((a, b) => a.id - b.id) : operands;
    const { data, ...plain } = attributes as { data?: Float32Array };
    // JSON has no infinities and drops the sign of −0.
    const written = JSON.stringify(plain, (_, value: unknown) => (typeof value === "number" ? (Object.is(value, -0) ? "-0" : String(value)) : value));
    const key = `${op}|${inputs.map((input) => input.id).join(",")}|${shape.join("x")}|${dtype}|${written}|${data === undefined ? "" : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64")}`;
    const found = this.known.get(key);
    if (found !== undefined) return found as Node<K>;
    const made: Node<K> = { id: this.count++, op, inputs, shape, dtype, attributes };
    this.known.set(key, made);
    return made;
  }

  parameter(name: string, { shape, dtype }: { shape: Shape; dtype: ElementType }): Node<"parameter"> {
    const made = this.node("parameter", [], { shape, dtype, attributes: { index: this.parameters.length, name } });
    this.parameters.push(made);
    return made;
  }

  constant(value: number, dtype: ElementType, { exact = false }: { exact?: boolean } = {}): Node<"constant"> {
    return this.node("constant", [], { shape: [], dtype, attributes: { value: dtype === "float32" ? Math.fround(value) : value, exact } });
  }

  reshape(x: Node, shape: Shape): Node {
    if (sameShape(x.shape, shape)) return x;
    if (isOp(x, "reshape")) return this.reshape(x.inputs[0] as Node, shape);
    return this.node("reshape", [x], { shape, dtype: x.dtype, attributes: {} });
  }

  /** Result axis i is axis `perm[i]` of x. */
  transpose(x: Node, perm: readonly number[]): Node {
    const shape = perm.map((axis) => x.shape[axis] as number);
    // Where only axes of size 1 change their places, no element does.
    const moved = perm.filter((axis) => x.shape[axis] !== 1);
    if (moved.every((axis, i) => i === 0 || axis > (moved[i - 1] as number))) return this.reshape(x, shape);
    if (isOp(x, "transpose")) return this.transpose(x.inputs[0] as Node, perm.map((axis) => x.attributes.perm[axis] as number));
    return this.node("transpose", [x], { shape, dtype: x.dtype, attributes: { perm } });
  }

  broadcast(x: Node, { dims, shape }: { dims: readonly number[]; shape: Shape }): Node {
    return sameShape(x.shape, shape) ? x : this.node("broadcast", [x], { shape, dtype: x.dtype, attributes: { dims } });
  }

  /**
   * The transpose of a product that exchanges its rows and columns is the product with its operands exchanged, and that
   * of a sum of such products is the sum of those. It costs nothing if nobody else wants them as they were.
   */
  private exchanged(node: Node, { perm, uses, now }: { perm: readonly number[]; uses: ReadonlyMap<Node, number>; now: (node: Node) => Node }): Node | undefined {
    if (uses.get(node) !== 1) return undefined;
    const { dtype } = node;
    const shape = perm.map((axis) => node.shape[axis] as number);
    const [left, right] = node.inputs as [Node, Node];
    if (isOp(node, "add")) {
      const terms = [left, right].map((term) => this.exchanged(term, { perm, uses, now }));
      return terms.every((term) => term !== undefined) ? this.node("add", terms, { shape, dtype, attributes: {} }) : undefined;
    }
    if (!isOp(node, "dot")) return undefined;
    const { batch, contract } = node.attributes;
    const rows = batch[0].length;
    const columns = left.shape.length - contract[0].length;
    const rank = node.shape.length;
    const wanted = perm.map((_, i) => (i < rows ? i : i < rows + rank - columns ? columns + i - rows : i - (rank - columns)));
    if (!sameShape(wanted, perm)) return undefined;
    return this.node("dot", [now(right), now(left)], { shape, dtype, attributes: { batch: [batch[1], batch[0]], contract: [contract[1], contract[0]] } });
  }

  /** The graph of what the outputs need, inputs first. */
  build(results: readonly Node[]): Graph {
    const first = this.inOrder(results);
    const uses = new Map<Node, number>();
    for (const node of [...first.flatMap(({ inputs }) => inputs), ...results]) uses.set(node, (uses.get(node) ?? 0) + 1);
    const replaced = new Map<Node, Node>();
    const now = (node: Node): Node => replaced.get(node) ?? node;
    for (const node of first) {
      const inputs = node.inputs.map(now);
      const same = inputs.every((input, i) => input === node.inputs[i]);
      const better = isOp(node, "transpose") ? this.exchanged(node.inputs[0] as Node, { perm: node.attributes.perm, uses, now }) : undefined;
      if (better !== undefined) replaced.set(node, better);
      else if (!same) replaced.set(node, this.node(node.op, inputs, node));
    }
    const outputs = results.map(now);
    return { parameters: this.parameters, nodes: this.inOrder(outputs), outputs };
  }

  private inOrder(outputs: readonly Node[]): Node[] {
    const done = new Set<Node>();
    const stack = outputs.toReversed();
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const missing = top.inputs.find((input) => !done.has(input));
      if (missing !== undefined) stack.push(missing);
      else done.add(stack.pop() as Node);
    }
    return [...done].filter(({ op }) => op !== "parameter");
  }
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** The axes of an array of this rank with some of them in front of the others. */
export function inFront(axes: readonly number[], rank: number): number[] {
  return [...axes, ...Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !axes.includes(axis))];
}

/**
 * Rows and columns of a sum over the leading axes of many rows, as in the gradient of every bias and every normalisation:
 * the printers write it as a product with ones. Undefined for other reductions.
 */
export function columnSum({ inputs: [input], shape, dtype, attributes: { fn, axes } }: Node<"reduce">): { rows: number; columns: number } | undefined {
  const rows = sizeOf(axes.map((axis) => input?.shape[axis] as number));
  const columns = sizeOf(shape);
  return fn === "add" && dtype === "float32" && axes.every((axis, i) => axis === i) && rows >= 64 && columns >= 16 ? { rows, columns } : undefined;
}

/** The value from which a reduction starts: the result for an empty axis. */
export function neutral(fn: ReduceName, dtype: ElementType): number {
  if (fn === "add" || fn === "or") return 0;
  if (fn === "mul" || fn === "and") return 1;
  const low = { float32: -Infinity, int32: -2147483648, uint32: 0, bool: 0 }[dtype];
  const high = { float32: Infinity, int32: 2147483647, uint32: 4294967295, bool: 1 }[dtype];
  return fn === "max" ? low : high;
}
