import { namesIn, tableOf } from "../../util/index.js";
import type { BinaryName, Node, UnaryName } from "../graph.js";
import { product } from "./contract.js";
import { refuse, type Print, type Prints, type Writer } from "./writer.js";

/** Operations that ONNX has under another name. */
const renamed = {
  neg: "Neg", exp: "Exp", log: "Log", sqrt: "Sqrt", sin: "Sin", cos: "Cos", asin: "Asin", atan: "Atan", erf: "Erf", floor: "Floor", ceil: "Ceil",
  subtract: "Sub", mul: "Mul", min: "Min", max: "Max",
} as const satisfies Partial<Record<UnaryName | BinaryName, string>>;

const bits =
  (onBools: string, onInts: string): Print =>
  (node, writer) =>
    writer.op(node.dtype === "bool" ? onBools : onInts, writer.operands(node));

/** Shifts are defined for numbers without sign: zeros come in from either side. */
const shift =
  (direction: "LEFT" | "RIGHT"): Print =>
  (node, writer) => {
    const shifted = writer.op("BitShift", writer.operands(node).map((value) => writer.cast(value, "uint32")), { direction });
    return writer.cast(shifted, node.dtype);
  };

/** Whole numbers divided by 0 would end the process: there the quotient is −1 and the rest the dividend, as on other devices. */
const division =
  (type: "Div" | "Mod"): Print =>
  (node, writer) => {
    const [x, y] = writer.operands(node) as [string, string];
    const divide = (divisor: string): string => writer.op(type, [x, divisor], type === "Mod" ? { fmod: 1 } : {});
    if (node.dtype === "float32") return divide(y);
    const none = writer.op("Equal", [y, writer.scalar(0, node.dtype)]);
    const result = divide(writer.op("Where", [none, writer.scalar(1, node.dtype), y]));
    return writer.op("Where", [none, type === "Div" ? writer.scalar(-1, node.dtype) : x, result]);
  };

/** float32 → int32: cut off towards zero, NaN to 0, what does not fit to the nearest number that does. */
const truncated = (value: string, writer: Writer): string => {
  const [most, float] = [2147483520, (x: number): string => writer.scalar(x, "float32")];
  const number = writer.op("Where", [writer.op("IsNaN", [value]), float(0), value]);
  const inside = writer.cast(writer.op("Max", [writer.op("Min", [number, float(most)]), float(-2147483648)]), "int32");
  return writer.op("Where", [writer.op("Greater", [number, float(most)]), writer.scalar(2147483647, "int32"), inside]);
};

const comparisons = { less: "Less", less_equal: "LessOrEqual", equal: "Equal", not_equal: "Equal" } as const;

/** A product plus a row is one operation. */
const add: Print = (node, writer) => {
  const dot = node.inputs.find((input) => writer.waits(input)) as Node<"dot"> | undefined;
  if (dot === undefined) return writer.op("Add", writer.operands(node));
  const other = node.inputs.find((input) => input !== dot) as Node;
  return product(dot, writer, writer.narrow(other, node.shape.length).name());
};

export const elementwisePrints = {
  ...tableOf(namesIn(renamed), (op): Print => (node, writer) => writer.op(renamed[op], writer.operands(node))),
  add,
  divide: division("Div"),
  remainder: division("Mod"),
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
  convert: (node, writer) => {
    const [value] = writer.operands(node) as [string];
    return node.dtype === "int32" && node.inputs[0]?.dtype === "float32" ? truncated(value, writer) : writer.cast(value, node.dtype);
  },
} satisfies Partial<Prints>;
