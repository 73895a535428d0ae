/** jax-js's own functions on our tensors, for primitives that no method of a tensor uses. */
import { jax, type JaxModule, type Value } from "../jax-js.js";
import { tensorOf, valueOf, type Tensor } from "../tensor.js";

type RawFunction = (modules: { np: JaxModule["numpy"]; lax: JaxModule["lax"] }, ...values: Value[]) => Value | Value[];

/** Applies a function of jax-js. It owns its values: one that it uses twice needs `.ref`. */
export function raw(tensors: readonly Tensor[], fn: RawFunction): Tensor[] {
  const { numpy: np, lax } = jax();
  return [fn({ np, lax }, ...tensors.map(valueOf))].flat().map(tensorOf);
}

/** The same for a single result. */
export function rawOne(tensors: readonly Tensor[], fn: RawFunction): Tensor {
  return raw(tensors, fn)[0] as Tensor;
}
