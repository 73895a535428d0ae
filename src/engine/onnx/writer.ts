/** What the families of operations share while an ONNX model is written. */
import { onnxTypes, type OnnxAttribute, type OnnxGraph, type OnnxType } from "../../formats/index.js";
import { sizeOf, UserError } from "../../util/index.js";
import { isOp, lookUp, sameShape, type ElementType, type Node, type NodeTable, type Shape } from "../graph.js";

/** Sizes that are multiples of `size` stand for as many rows a batch entry: the model takes batches of any size. */
export interface FreeAxis {
  readonly name: string;
  readonly size: number;
}

/** Writes the operations of each node and returns the name of its value. */
export type Prints = NodeTable<Writer, string>;
export type Print = (node: Node, writer: Writer) => string;

/** Refuses a node by name. */
export function refuse({ op, dtype, shape }: Node, why: string): never {
  throw new UserError(`Cannot write "${op}" of ${dtype} (${shape.join(", ")}) as ONNX: ${why}. Write it with other operations, or take the device xla or jax-js.`);
}

export class Writer {
  private readonly names = new Map<Node, string>();
  private arrayCount = 0;

  constructor(
    readonly graph: OnnxGraph,
    private readonly prints: Prints,
    private readonly options: {
      /** Products that the sum which reads them takes in. */
      readonly waiting: ReadonlySet<Node>;
      readonly free: FreeAxis | undefined;
    },
  ) {}

  waits(node: Node): boolean {
    return this.options.waiting.has(node);
  }

  known(node: Node, name: string): void {
    this.names.set(node, name);
  }

  /** The name of a node's value, which is written now if nobody asked for it before. */
  name(node: Node): string {
    const found = this.names.get(node);
    if (found !== undefined) return found;
    const name = lookUp(this.prints, node)(node, this);
    this.names.set(node, name);
    return name;
  }

  op(type: string, inputs: readonly string[], attributes: Readonly<Record<string, OnnxAttribute>> = {}): string {
    return this.graph.node(type, inputs, { attributes });
  }

  cast(value: string, to: OnnxType): string {
    return this.op("Cast", [value], { to: onnxTypes[to] });
  }

  /** Elements of any number, as they lie in memory. */
  array(data: ArrayBufferView, { type, shape }: { type: OnnxType; shape: Shape }): string {
    return this.graph.initializer(`array_${this.arrayCount++}`, { type, shape, data });
  }

  scalar(value: number, type: ElementType): string {
    return this.graph.constant(value, { type });
  }

  whole(values: readonly number[]): string {
    return this.graph.constant(values);
  }

  reshape(value: string, { from, to }: { from: Shape; to: Shape }): string {
    if (sameShape(from, to)) return value;
    const free = to.filter((size) => this.isFree(size));
    if (free.length > 1) throw new UserError(`Cannot write a reshape to (${to.join(", ")}) as ONNX: one axis that depends on the batch is allowed, got ${free.length}.`);
    // A size 0 means "as before" unless told otherwise, but then −1 is not allowed beside it.
    return this.op("Reshape", [value, this.whole(to.map((size) => (this.isFree(size) ? -1 : size)))], sizeOf(to) === 0 ? { allowzero: 1 } : {});
  }

  isFree(size: number): boolean {
    return this.options.free !== undefined && size > 0 && size % this.options.free.size === 0;
  }

  transpose(value: string, perm: readonly number[]): string {
    return perm.every((axis, i) => axis === i) ? value : this.op("Transpose", [value], { perm });
  }

  expand(value: string, shape: Shape): string {
    if (shape.some((size) => this.isFree(size))) throw new UserError(`Cannot write a broadcast to (${shape.join(", ")}) as ONNX with a free batch axis: its size is not known.`);
    return this.op("Expand", [value, this.whole(shape)]);
  }

  /** Operands of an element-wise operation: broadcasts are left to ONNX, as long as some operand has the full shape. */
  operands({ inputs, shape }: Node): string[] {
    const seen = inputs.map((input) => this.narrow(input, shape.length));
    const whole = shape.every((size, i) => size === 1 || seen.some(({ sizes }) => sizes[i - shape.length + sizes.length] === size));
    return seen.map(({ name }, i) => (whole || i > 0 ? name() : this.name(inputs[i] as Node)));
  }

  /** A broadcast before it happens: its axes of size 1 in their places, leading ones left out. */
  narrow(node: Node, rank: number): { sizes: Shape; name: () => string } {
    if (!isOp(node, "broadcast")) return { sizes: node.shape, name: () => this.name(node) };
    const { dims } = node.attributes;
    const input = node.inputs[0] as Node;
    const sizes = Array.from({ length: rank }, (_, axis) => (dims.includes(axis) ? (input.shape[dims.indexOf(axis)] as number) : 1)).slice(dims[0] ?? rank);
    return { sizes, name: () => this.reshape(this.name(input), { from: input.shape, to: sizes }) };
  }
}
