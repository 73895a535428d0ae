import { treeMap, type Tensor, type Tree } from "../engine/index.js";

/** Moves an exponential moving average towards `target` by `rate`: average + rate·(target − average), leaf by leaf. */
export function ema<P extends Tree<Tensor>>(average: P, target: P, { rate }: { rate: Tensor | number }): P {
  return treeMap((a: Tensor, t: Tensor) => a.add(t.sub(a).mul(rate)), average, target) as P;
}
