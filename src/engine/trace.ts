/** Traces a program with jax-js; the only reader of what a Jaxpr looks like inside. */
import { UserError } from "../util/index.js";
import type { CompareName, ElementType, Shape } from "./graph.js";
import { jax, type JaxModule, type Value } from "./jax-js.js";
import type { Program, Spec } from "./program.js";
import { tensorOf, valueOf } from "./tensor.js";

/** What jax-js needs to know of an argument. A class, so that jax-js takes it for a leaf. */
class AbstractValue {
  readonly weakType = false;
  constructor(
    readonly shape: readonly number[],
    readonly dtype: string,
  ) {}
}

type Pairs = readonly (readonly [number, number])[];
type Plain = Readonly<Record<string, never>>;
type Windows = { readonly window: readonly number[]; readonly strides: readonly number[] };
type Reduction = "Add" | "Mul" | "Min" | "Max";

const elsewhere = "Compute it on the host, or compile for the device jax-js";
/** Primitives that are not lowered, with what to do instead. */
export const refused = {
  conv: "Write it as pooling and a matrix product, or compile for the device jax-js",
  random_bits: "Draw random numbers on the host and hand them in with the batch",
  sort: "Sort on the host",
  argsort: "Sort on the host",
  triangular_solve: elsewhere,
  cholesky: elsewhere,
  lu: elsewhere,
  jacobi_eigh: elsewhere,
  fft: elsewhere,
} as const;
/** Primitives that reading the trace resolves: the bodies of calls take their place. */
export const inlined = { jit: "its body is lowered in its place" } as const;
type Unlowered = keyof typeof refused | keyof typeof inlined;

/** Every primitive of jax-js, with its parameters. */
export interface Primitives extends Readonly<Record<"add" | "mul" | "idiv" | "mod" | "min" | "max" | "bit_count" | "neg" | "reciprocal" | "floor" | "ceil" | "stop_gradient" | "sin" | "cos" | "asin" | "atan" | "exp" | "log" | "erf" | "erfc" | "sqrt" | "dot" | "where" | Unlowered, Plain>> {
  readonly bit_combine: { readonly op: "and" | "or" | "xor" };
  readonly bit_shift: { readonly op: "shl" | "shr" };
  readonly cast: { readonly dtype: ElementType };
  readonly bitcast: { readonly dtype: ElementType };
  readonly reduce: { readonly op: Reduction; readonly axis: readonly number[] };
  readonly compare: { readonly op: CompareName };
  readonly concatenate: { readonly axis: number };
  readonly split: { readonly axis: number; readonly sizes: readonly number[] };
  readonly gather: { readonly axis: readonly number[]; readonly outDim: number };
  readonly scatter: { readonly op: string; readonly shape: Shape; readonly axis: readonly number[]; readonly outDim: number };
  readonly transpose: { readonly perm: readonly number[] };
  readonly broadcast: { readonly shape: Shape; readonly axis: readonly number[] };
  readonly reshape: { readonly shape: Shape };
  readonly flip: { readonly axis: readonly number[] };
  readonly shrink: { readonly slice: Pairs };
  readonly pad: { readonly width: Pairs };
  /** Windows over the last axes: (…, size) → (…, places, window). */
  readonly pool: Windows;
  readonly pool_transpose: Windows & { readonly inShape: Shape };
}
export type PrimitiveName = keyof Primitives;
/** Those that have a rule. */
export type LoweredName = Exclude<PrimitiveName, Unlowered>;

/** A variable of the trace. `weak` values come from plain numbers and take the dtype of what they meet. */
export interface Variable {
  readonly id: number;
  readonly shape: Shape;
  readonly dtype: ElementType;
  readonly weak: boolean;
}
export interface Literal {
  readonly literal: number;
  readonly dtype: ElementType;
  readonly weak: boolean;
}
export interface Equation<K extends PrimitiveName = PrimitiveName> {
  readonly primitive: K;
  readonly inputs: readonly (Variable | Literal)[];
  readonly params: Primitives[K];
  readonly outputs: readonly Variable[];
}

/** A program as jax-js recorded it, nested calls inlined, in our words. */
export interface Trace {
  readonly parameters: readonly Variable[];
  /** `read` copies the elements; most constants of a differentiated program are zeros that nothing uses. */
  readonly constants: readonly { readonly variable: Variable; readonly read: () => Float32Array | Int32Array | Uint32Array }[];
  readonly equations: readonly Equation[];
  readonly outputs: readonly (Variable | Literal)[];
}

type ClosedJaxpr = InstanceType<JaxModule["ClosedJaxpr"]>;
type Atom = ClosedJaxpr["jaxpr"]["outs"][number];

const elementTypes: readonly string[] = ["float32", "int32", "uint32", "bool"];

/** A trace takes some tenths of a second and is wanted twice: for the shapes of the results and for the graph. */
const records = new WeakMap<Program, ClosedJaxpr>();

function record(program: Program): ClosedJaxpr {
  const known = records.get(program);
  if (known !== undefined) return known;
  const { inputs, apply } = program;
  const flat = (values: Value[]): Value[] => apply(values.map(tensorOf)).map(valueOf);
  const args = inputs.map(({ shape, dtype }) => new AbstractValue([...shape], dtype));
  const trace = jax().makeJaxpr(flat as never) as unknown as (args: AbstractValue[]) => { jaxpr: ClosedJaxpr };
  const { jaxpr } = trace(args);
  records.set(program, jaxpr);
  return jaxpr;
}

function readAtom(atom: Atom): Variable | Literal {
  const { dtype, shape, weakType: weak } = atom.aval as { dtype: string; shape: Shape; weakType: boolean };
  if (!elementTypes.includes(dtype)) throw new UserError(`Cannot lower a value of dtype "${dtype}": required one of ${elementTypes.join(", ")}.`);
  const type = dtype as ElementType;
  return "id" in atom ? { id: atom.id, shape, dtype: type, weak } : { literal: atom.value, dtype: type, weak };
}

/** The record as jax-js writes it, after the simplification that lowering starts from. */
export function jaxprText(program: Program): string {
  return record(program).jaxpr.flatten().simplify().toString();
}

/** Traces a program and reads the record. */
export function traceProgram(program: Program): Trace {
  const { jaxpr: recorded, consts } = record(program);
  const jaxpr = recorded.flatten().simplify();
  const binders = jaxpr.inBinders.map((binder) => readAtom(binder) as Variable);
  return {
    parameters: binders.slice(consts.length),
    constants: consts.map((value, i) => ({
      variable: binders[i] as Variable,
      read: () => (value as unknown as { ref: { dataSync(): Float32Array | Int32Array | Uint32Array } }).ref.dataSync(),
    })),
    equations: jaxpr.eqns.map(({ primitive, inputs, params, outBinders }) => ({
      primitive: primitive as PrimitiveName,
      inputs: inputs.map(readAtom),
      params: params as Primitives[PrimitiveName],
      outputs: outBinders.map((binder) => readAtom(binder) as Variable),
    })),
    outputs: jaxpr.outs.map(readAtom),
  };
}

/** Traces a program for the shapes and dtypes of its results alone. */
export function traceSpecs(program: Program): Spec[] {
  return record(program).jaxpr.outs.map(({ aval }, i) => ({ path: String(i), shape: [...aval.shape], dtype: aval.dtype as Spec["dtype"] }));
}
