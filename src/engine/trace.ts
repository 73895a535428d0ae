/** Traces a program with jax-js; the only reader of what a Jaxpr looks like inside. */
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

type ClosedJaxpr = InstanceType<JaxModule["ClosedJaxpr"]>;

export function makeJaxpr({ inputs, apply }: Program): ClosedJaxpr {
  const flat = (values: Value[]): Value[] => apply(values.map(tensorOf)).map(valueOf);
  const args = inputs.map(({ shape, dtype }) => new AbstractValue([...shape], dtype));
  const trace = jax().makeJaxpr(flat as never) as unknown as (args: AbstractValue[]) => { jaxpr: ClosedJaxpr };
  return trace(args).jaxpr;
}

/** Traces a program for the shapes and dtypes of its results alone. */
export function traceSpecs(program: Program): Spec[] {
  let specs: Spec[] = [];
  makeJaxpr({
    inputs: program.inputs,
    apply: (inputs) => {
      const out = program.apply(inputs);
      specs = out.map(({ shape, dtype }, i) => ({ path: String(i), shape: [...shape], dtype }));
      return out;
    },
  });
  return specs;
}
