import { tableOf } from "../../util/index.js";
import type { BinaryName, UnaryName } from "../graph.js";
import type { View } from "../view.js";
import { binary, constantView, convert, elementwise, onBools, promote, unary, type Operand, type Rule, type Rules } from "./context.js";

function unaryRule(op: UnaryName): Rule<unknown> {
  return (context, { inputs: [x], dtype }) => unary(context, (x as Operand).view, { op, dtype });
}

function binaryRule(op: BinaryName): Rule<unknown> {
  return (context, { inputs, dtype }) => {
    const [x, y] = inputs.map(({ view }) => convert(context, view, dtype)) as [View, View];
    return binary(context, dtype === "bool" && op in onBools ? onBools[op as keyof typeof onBools] : op, [x, y]);
  };
}

/** x + −sg(x) is an exact zero: the primal of a hand-written derivative, which must not cost anything. */
const addRule: Rule<unknown> = (context, call) => {
  const [x, y] = call.inputs as [Operand, Operand];
  const cancels = (a: Operand, b: Operand): boolean => b.view.node.op === "neg" && context.negatedStops.has(b.view.node) && b.view.node.inputs[0] === a.view.node && JSON.stringify(a.view.axes) === JSON.stringify(b.view.axes);
  if (cancels(x, y) || cancels(y, x)) return constantView(context, 0, { dtype: call.dtype, shape: call.shape, exact: true });
  return binaryRule("add")(context, call);
};

/** Functions that a graph has under the same name. */
const sameName = ["floor", "ceil", "sin", "cos", "asin", "atan", "exp", "log", "erf", "erfc", "sqrt"] as const satisfies readonly UnaryName[];

export const elementwiseRules = {
  add: addRule,
  mul: binaryRule("mul"),
  min: binaryRule("min"),
  max: binaryRule("max"),
  /** C's integer division; on floats the quotient is cut off towards zero. */
  idiv: (context, call) => {
    const quotient = binaryRule("divide")(context, call) as View;
    if (call.dtype !== "float32") return quotient;
    const negative = elementwise(context, [quotient, constantView(context, 0, { dtype: "float32" })], { op: "compare", dtype: "bool", attributes: { direction: "less" } });
    return elementwise(context, [negative, unary(context, quotient, { op: "ceil" }), unary(context, quotient, { op: "floor" })], { op: "select", dtype: "float32", attributes: {} });
  },
  mod: binaryRule("remainder"),
  bit_combine: (context, call) => binaryRule(call.params.op)(context, { ...call, params: {} }),
  /** As processors shift: by the last five bits of the count. */
  bit_shift: (context, call) => {
    const [x, count] = call.inputs.map(({ view }) => convert(context, view, call.dtype)) as [View, View];
    return binary(context, call.params.op, [x, binary(context, "and", [count, constantView(context, 31, { dtype: call.dtype })])]);
  },
  bit_count: (context, { inputs: [x] }) => convert(context, unary(context, (x as Operand).view, { op: "popcount" }), "int32"),
  neg: (context, call) => {
    const x = call.inputs[0] as Operand;
    const result = unaryRule("neg")(context, call) as View;
    if (context.stopped.has(x.variable)) context.negatedStops.add(result.node);
    return result;
  },
  reciprocal: (context, { inputs: [x], dtype }) => binary(context, "divide", [constantView(context, 1, { dtype }), (x as Operand).view]),
  ...tableOf(sameName, unaryRule),
  stop_gradient: (_, { inputs: [x] }) => (x as Operand).view,
  cast: (context, { inputs: [x], params }) => convert(context, (x as Operand).view, params.dtype),
  bitcast: (context, { inputs: [x], params: { dtype } }) => ((x as Operand).view.node.dtype === dtype ? (x as Operand).view : unary(context, (x as Operand).view, { op: "bitcast", dtype })),
  compare: (context, { inputs, params }) => {
    const dtype = promote(inputs);
    const views = inputs.map(({ view }) => convert(context, view, dtype));
    return elementwise(context, views, { op: "compare", dtype: "bool", attributes: { direction: params.op } });
  },
  where: (context, { inputs, dtype }) => {
    const [condition, x, y] = inputs.map(({ view }, i) => (i === 0 ? view : convert(context, view, dtype))) as [View, View, View];
    return elementwise(context, [condition, x, y], { op: "select", dtype, attributes: {} });
  },
} satisfies Rules;
