import { treeLeaves, treeUnflatten, UserError, type Tree } from "../util/index.js";
import { jax, type Value } from "./jax-js.js";
import { Tensor, tensorOf, valueOf } from "./tensor.js";

/** A tree of tensors in the structure of `T`. */
type Params = Tree<Tensor>;

/**
 * The value of a scalar function and its gradient with respect to its first argument, a tree of tensors. Whatever else
 * the function uses from outside counts as constant. A function may return `[loss, aux]`; aux is handed through.
 *
 * @returns `[loss, gradient]`, or `[[loss, aux], gradient]`; the gradient has the structure of the parameters
 * @throws UserError if the loss is not a float32 scalar
 * @example const [loss, gradient] = valueAndGrad((p) => p.w.square().sum())({ w })
 */
export function valueAndGrad<P extends Params>(fn: (params: P) => Tensor): (params: P) => [Tensor, P];
export function valueAndGrad<P extends Params, A extends Params>(fn: (params: P) => readonly [Tensor, A]): (params: P) => [[Tensor, A], P];
export function valueAndGrad<P extends Params>(fn: (params: P) => Tensor | readonly [Tensor, Params]): (params: P) => [Tensor | [Tensor, Params], P] {
  return (params) => {
    let like: Params | undefined;
    const flat = (leaves: Value[]): [Value, Value[]] => {
      const result = fn(treeUnflatten(params, leaves.map(tensorOf)) as P);
      const [loss, aux] = result instanceof Tensor ? [result, undefined] : result;
      if (loss.rank !== 0 || loss.dtype !== "float32") throw new UserError(`Cannot differentiate a loss of ${loss.dtype} (${loss.shape.join(", ")}): required a float32 scalar. Take its mean or sum.`);
      like = aux;
      return [valueOf(loss), aux === undefined ? [] : treeLeaves<Tensor>(aux).map(valueOf)];
    };
    const inputs = treeLeaves<Tensor>(params).map(valueOf);
    const [[loss, aux], gradient] = (jax().valueAndGrad(flat as never, { hasAux: true }) as unknown as (inputs: Value[]) => [[Value, Value[]], Value[]])(inputs);
    const tree = treeUnflatten(params, gradient.map(tensorOf)) as P;
    return [like === undefined ? tensorOf(loss) : [tensorOf(loss), treeUnflatten(like, aux.map(tensorOf))], tree];
  };
}

/** The gradient alone. */
export function grad<P extends Params>(fn: (params: P) => Tensor): (params: P) => P {
  return (params) => valueAndGrad(fn)(params)[1];
}
