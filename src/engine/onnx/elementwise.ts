import type { BinaryName, Node, UnaryName } from "../graph.js";
import { product } from "./contract.js";
import { refuse, type Print, type Prints, type Writer } from "./writer.js";

/** Operations that ONNX has under another name. */
const renamed = {
  neg: "Neg", exp: "Exp", log: "Log", sqrt: "Sqrt", sin: "Sin", cos: "Cos", asin: "Asin", atan: "Atan", erf: "Erf", floor: "Floor", ceil: "Ceil",
  subtract: "Sub", mul: "Mul", min: "Min", max: "Max",
} as const satisfies Partial<Record<UnaryName | BinaryName, string>>;

const printRenamed = Object.fromEntries(
  Object.entries(renamed).map(([op, type]): [string, Print<unknown>] => [op, (node, writer) => writer.op(type, writer.operands(node))]),
) as { [K in keyof typeof renamed]: Print<unknown> };

const bits =
  (onBools: string, onInts: string): Print<unknown> =>
  (node, writer) =>
    writer.op(node.dtype === "bool" ? onBools : onInts, writer.operands(node));

/** Shifts are defined for numbers without sign: zeros come in from either side. */
const shift =
  (direction: "LEFT" | "RIGHT"): Print<unknown> =>
  (node, writer) => {
    const shifted = writer.op("BitShift", writer.operands(node).map((value) => writer.cast(value, "uint32")), { direction });
    return writer.cast(shifted, node.dtype);
  };

/** A divisor of whole numbers that is not 0: dividing by 0 would end the process. */
function divisors(node: Node, writer: Writer): string[] {
  const [x, y] = writer.operands(node) as [string, string];
  if (node.dtype === "float32") return [x, y];
  const none = writer.op("Equal", [y, writer.scalar(0, node.dtype)]);
  return [x, writer.op("Where", [none, writer.scalar(1, node.dtype), y])];
}

const comparisons = { less: "Less", less_equal: "LessOrEqual", equal: "Equal", not_equal: "Equal" } as const;

/** A product plus a row is one operation. */
const add: Print<unknown> = (node, writer) => {
  const dot = node.inputs.find((input) => writer.waits(input)) as Node<"dot"> | undefined;
  if (dot === undefined) return writer.op("Add", writer.operands(node));
  const other = node.inputs.find((input) => input !== dot) as Node;
  return product(dot, writer, writer.narrow(other, node.shape.length).name());
};

export const elementwisePrints = {
  ...printRenamed,
  add,
  divide: (node, writer) => writer.op("Div", divisors(node, writer)),
  remainder: (node, writer) => writer.op("Mod", divisors(node, writer), { fmod: 1 }),
  erfc: (node, writer) => writer.op("Sub", [writer.scalar(1, "float32"), writer.op("Erf", writer.operands(node))]),
  not: bits("Not", "BitwiseNot"),
  and: bits("And", "BitwiseAnd"),
  or: bits("Or", "BitwiseOr"),
  xor: bits("Xor", "BitwiseXor"),
  shl: shift("LEFT"),
  shr: shift("RIGHT"),
  popcount: (node) => refuse(node, "ONNX cannot count bits"),
  bitcast: (node) => refuse(node, "ONNX cannot reinterpret bits"),
  compare: (node, writer) => {
    const { direction } = node.attributes;
    const isBool = node.inputs[0]?.dtype === "bool";
    const values = writer.operands(node).map((value) => (isBool ? writer.cast(value, "int32") : value));
    const result = writer.op(comparisons[direction], values);
    return direction === "not_equal" ? writer.op("Not", [result]) : result;
  },
  select: (node, writer) => {
    const [condition, ...values] = writer.operands(node) as [string, ...string[]];
    if (node.dtype !== "bool") return writer.op("Where", [condition, ...values]);
    return writer.cast(writer.op("Where", [condition, ...values.map((value) => writer.cast(value, "int32"))]), "bool");
  },
  convert: (node, writer) => writer.cast(writer.operands(node)[0] as string, node.dtype),
} satisfies Prints;
