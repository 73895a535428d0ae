import { columnSum, neutral, type Node, type ReduceName } from "../graph.js";
import { sizeOf } from "../../util/index.js";
import type { Prints, Writer } from "./writer.js";

const reducers: Readonly<Record<ReduceName, string>> = { add: "ReduceSum", mul: "ReduceProd", min: "ReduceMin", max: "ReduceMax", and: "ReduceMin", or: "ReduceMax" };

/** One side of a product as a matrix, or one matrix per batch entry. */
interface Side {
  readonly value: string;
  /** The contracted axis comes before the free one. */
  readonly contractFirst: boolean;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

function side(node: Node, { writer, batch, contract, contractFirst }: { writer: Writer; batch: readonly number[]; contract: readonly number[]; contractFirst?: boolean }): Side {
  const free = range(node.shape.length).filter((axis) => !batch.includes(axis) && !contract.includes(axis));
  const orders = { true: [...batch, ...contract, ...free], false: [...batch, ...free, ...contract] };
  const lies = (order: readonly number[]): boolean => order.every((axis, i) => axis === i);
  const first = contractFirst ?? (lies(orders.true) && !lies(orders.false));
  const perm = orders[`${first}`];
  const sizes = (axes: readonly number[]): number[] => axes.map((axis) => node.shape[axis] as number);
  const [rows, inner] = [sizeOf(sizes(free)), sizeOf(sizes(contract))];
  const matrix = first ? [inner, rows] : [rows, inner];
  const value = writer.transpose(writer.name(node), perm);
  return { value: writer.reshape(value, { from: sizes(perm), to: batch.length === 0 ? matrix : [sizeOf(sizes(batch)), ...matrix] }), contractFirst: first };
}

/** Whether a product is one of two matrices of floats: only those have an operation that takes its operands either way round. */
export function isPlainProduct({ attributes: { batch }, dtype, inputs }: Node<"dot">): boolean {
  return batch[0].length === 0 && dtype === "float32" && inputs.every(({ shape }) => sizeOf(shape) > 0);
}

/** A product; `added` is a row that is added to each row of a plain one. */
export function product(node: Node<"dot">, writer: Writer, added?: string): string {
  const { batch, contract } = node.attributes;
  const [left, right] = node.inputs as [Node, Node];
  const plain = isPlainProduct(node);
  const a = side(left, { writer, batch: batch[0], contract: contract[0], ...(plain ? {} : { contractFirst: false }) });
  const b = side(right, { writer, batch: batch[1], contract: contract[1], ...(plain ? {} : { contractFirst: true }) });
  const entries = sizeOf(node.shape.slice(0, batch[0].length));
  const rows = sizeOf(node.shape.slice(batch[0].length, left.shape.length - contract[0].length));
  const columns = sizeOf(node.shape) / entries / rows;
  const value = plain
    ? writer.op("Gemm", [a.value, b.value, ...(added === undefined ? [] : [added])], { transA: a.contractFirst ? 1 : 0, transB: b.contractFirst ? 0 : 1 })
    : writer.op("MatMul", [a.value, b.value]);
  const from = batch[0].length === 0 ? [rows, columns] : [entries, rows, columns];
  return writer.reshape(value, { from, to: node.shape });
}

const filled = (node: Node, writer: Writer, value: number): string => writer.expand(writer.scalar(value, node.dtype), node.shape);

export const contractPrints = {
  reduce: (node, writer) => {
    const input = node.inputs[0] as Node;
    const { fn, axes } = node.attributes;
    if (sizeOf(input.shape) === 0) return filled(node, writer, neutral(fn, node.dtype));
    const sum = columnSum(node);
    // A quarter of the time of a reduction.
    if (sum !== undefined) {
      const { rows, columns } = sum;
      const matrix = writer.reshape(writer.name(input), { from: input.shape, to: [rows, columns] });
      const ones = writer.graph.constant(new Array<number>(rows).fill(1), { type: "float32", shape: [1, rows] });
      return writer.reshape(writer.op("Gemm", [ones, matrix]), { from: [1, columns], to: node.shape });
    }
    const reduce = (value: string): string => writer.op(reducers[fn], [value, writer.whole(axes)], { keepdims: 0 });
    // ONNX Runtime's int32 sums stop at the largest number; wider ones are cut as processors do.
    if (node.dtype === "int32" && (fn === "add" || fn === "mul")) return writer.cast(reduce(writer.cast(writer.name(input), "int64")), "int32");
    if (node.dtype !== "bool") return reduce(writer.name(input));
    return writer.cast(reduce(writer.cast(writer.name(input), "int32")), "bool");
  },
  dot: (node, writer) => (node.inputs.some(({ shape }) => sizeOf(shape) === 0) ? filled(node, writer, 0) : product(node, writer)),
} satisfies Partial<Prints>;
