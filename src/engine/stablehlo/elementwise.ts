import { namesIn, tableOf } from "../../util/index.js";
import type { BinaryName, ElementType, UnaryName } from "../graph.js";
import { signature, typeText, type Print, type Prints } from "./text.js";

/** Operations whose operands and result have one type. Shifts are as in jax-js: zeros come in, whatever the sign. */
const sameType = {
  neg: "negate", exp: "exponential", log: "log", sqrt: "sqrt", sin: "sine", cos: "cosine", floor: "floor", ceil: "ceil", popcount: "popcnt",
  add: "add", subtract: "subtract", mul: "multiply", divide: "divide", remainder: "remainder", min: "minimum", max: "maximum",
  not: "not", and: "and", or: "or", xor: "xor", shl: "shift_left", shr: "shift_right_logical",
} as const satisfies Partial<Record<UnaryName | BinaryName, string>>;

const operands: Print = ({ inputs }, { name }) => inputs.map(name).join(", ");
const chlo =
  (op: string): Print =>
  (node, writer) =>
    `chlo.${op} ${operands(node, writer)} : ${typeText(node)} -> ${typeText(node)}`;

const comparison: Readonly<Record<ElementType, string>> = { float32: "FLOAT", int32: "SIGNED", uint32: "UNSIGNED", bool: "UNSIGNED" };
const directions = { less: "LT", less_equal: "LE", equal: "EQ", not_equal: "NE" } as const;

export const elementwisePrints = {
  ...tableOf(namesIn(sameType), (op): Print => (node, writer) => `stablehlo.${sameType[op]} ${operands(node, writer)} : ${typeText(node)}`),
  erf: chlo("erf"),
  erfc: chlo("erfc"),
  asin: chlo("asin"),
  atan: chlo("atan"),
  compare: (node, writer) => `stablehlo.compare ${directions[node.attributes.direction]}, ${node.inputs.map(writer.name).join(", ")}, ${comparison[node.inputs[0]?.dtype ?? "float32"]} ${signature(node)}`,
  select: (node, { name }) => `stablehlo.select ${node.inputs.map(name).join(", ")} : ${typeText({ shape: node.shape, dtype: "bool" })}, ${typeText(node)}`,
  convert: (node, { name }) => `stablehlo.convert ${node.inputs.map(name).join(", ")} ${signature(node)}`,
  bitcast: (node, { name }) => `stablehlo.bitcast_convert ${node.inputs.map(name).join(", ")} ${signature(node)}`,
} satisfies Partial<Prints>;
