/** Turns a trace into a graph: one rule per primitive, in families; what has no rule is refused by name. */
import { sizeOf, UserError } from "../../util/index.js";
import { GraphBuilder, type Graph, type Node } from "../graph.js";
import type { Program } from "../program.js";
import { refused, traceProgram, type Equation, type Literal, type LoweredName, type PrimitiveName, type Primitives, type Trace, type Variable } from "../trace.js";
import { broadcastView, materialize, viewOf, type View } from "../view.js";
import { constantView, type Context, type Operand, type Rule } from "./context.js";
import { dotRules } from "./dot.js";
import { elementwiseRules } from "./elementwise.js";
import { reduceRules } from "./reduce.js";
import { shapeRules } from "./shape.js";
import { windowRules } from "./windows.js";

/** The families of rules. */
export const families = { elementwise: elementwiseRules, shape: shapeRules, windows: windowRules, reduction: reduceRules, contraction: dotRules };
/** The rule of every primitive that is not refused. */
export const rules: { readonly [K in LoweredName]: Rule<Primitives[K]> } = { ...elementwiseRules, ...shapeRules, ...windowRules, ...reduceRules, ...dotRules };

function lowerEquation(context: Context, { equation, read }: { equation: Equation; read: (atom: Variable | Literal) => Operand }): readonly View[] {
  const { primitive, inputs, params, outputs } = equation;
  const rule = (rules as Partial<Record<PrimitiveName, Rule<unknown>>>)[primitive];
  if (rule === undefined) {
    throw new UserError(`Cannot lower "${primitive}" to a compiled program: it has no rule. ${(refused as Partial<Record<PrimitiveName, string>>)[primitive] ?? "Write it with other operations, or compile for the device jax-js"}.`);
  }
  const first = outputs[0] as Variable;
  // Nothing to compute, and nothing that a rule could stumble over.
  const isEmpty = ({ shape }: Variable): boolean => sizeOf(shape) === 0;
  const nothing = ({ shape, dtype }: Variable): View => constantView(context, 0, { dtype, shape });
  if (outputs.every(isEmpty)) return outputs.map(nothing);
  const result = rule(context, { inputs: inputs.map(read), params, shape: first.shape, dtype: first.dtype });
  const negates = primitive === "stop_gradient" && inputs[0] !== undefined && "id" in inputs[0];
  if (negates) context.stopped.add(first.id);
  return [result].flat().map((view, i) => (isEmpty(outputs[i] as Variable) ? nothing(outputs[i] as Variable) : view));
}

/** The elements of a constant, as one repeated number where they are all equal. */
function constantArray(builder: GraphBuilder, { variable, read }: Trace["constants"][number]): View {
  const { shape, dtype } = variable;
  const data = read();
  const [first] = data;
  if (first !== undefined && data.every((value) => Object.is(value, first))) return broadcastView({ node: builder.constant(first, dtype), axes: [] }, shape);
  const stored = dtype === "bool" ? Uint8Array.from(data) : data;
  return viewOf(builder, builder.node("array", [], { shape, dtype, attributes: { data: stored } }));
}

/**
 * Traces a program and lowers it.
 *
 * @throws UserError if the program uses a primitive or a dtype that cannot be lowered
 */
export function lowerProgram(program: Program): Graph {
  const trace = traceProgram(program);
  const builder = new GraphBuilder();
  const context: Context = { builder, negatedStops: new Set<Node>(), stopped: new Set<number>() };
  const views = new Map<number, View>();
  const constants = new Map(trace.constants.map((constant) => [constant.variable.id, constant]));
  trace.parameters.forEach((variable, i) => {
    const node = builder.parameter(program.inputs[i]?.path ?? String(i), variable);
    views.set(variable.id, viewOf(builder, node));
  });
  const read = (atom: Variable | Literal): Operand => {
    if ("literal" in atom) return { view: { node: builder.constant(atom.literal, atom.dtype), axes: [] }, dtype: atom.dtype, weak: atom.weak, variable: -1 };
    const constant = constants.get(atom.id);
    if (constant !== undefined && !views.has(atom.id)) views.set(atom.id, constantArray(builder, constant));
    return { view: views.get(atom.id) as View, dtype: atom.dtype, weak: atom.weak, variable: atom.id };
  };
  for (const equation of trace.equations) {
    const results = lowerEquation(context, { equation, read });
    equation.outputs.forEach((output, i) => views.set(output.id, results[i] as View));
  }
  return builder.build(trace.outputs.map((output) => materialize(builder, read(output).view)));
}
