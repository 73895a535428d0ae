/** For tests only: programs made of random operations on tensors of random shapes, steered by a list of whole numbers. */
import { concat, repeat } from "./ops.js";
import { where, type Tensor } from "./tensor.js";

/** Shapes with empty axes, axes of size 1, scalars and up to four axes. */
export const inputShapes: readonly (readonly number[])[] = [[], [1], [3], [4], [1, 3], [2, 3], [3, 1], [2, 1, 3], [2, 4, 3], [0, 3], [2, 3, 2, 2]];

const largest = 2000;

/** Draws one choice after the other from the list; when it is used up, always the first. */
class Steering {
  private next = 0;
  constructor(private readonly numbers: readonly number[]) {}
  below(n: number): number {
    return n <= 0 ? 0 : (this.numbers[this.next++] ?? 0) % n;
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

const size = (t: Tensor): number => t.shape.reduce((product, n) => product * n, 1);

type Shaped = Pick<Tensor, "shape">;

function broadcasts({ shape: a }: Shaped, { shape: b }: Shaped): boolean {
  const rank = Math.max(a.length, b.length);
  const sizes = Array.from({ length: rank }, (_, i): [number, number] => [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1]);
  const count = sizes.reduce((product, [m, n]) => product * (m === 1 ? n : m), 1);
  return count <= largest && sizes.every(([m, n]) => m === n || m === 1 || n === 1);
}

const operations: Readonly<Record<string, (x: Tensor, rest: { steer: Steering; pool: readonly Tensor[] }) => Tensor>> = {
  unary: (x, { steer }) => steer.pick([(t: Tensor) => t.tanh(), (t: Tensor) => t.sigmoid(), (t: Tensor) => t.neg(), (t: Tensor) => t.square().mul(0.3), (t: Tensor) => t.abs(), (t: Tensor) => t.mish(), (t: Tensor) => t.sin(), (t: Tensor) => t.clip(-0.7, 0.9)])(x),
  binary: (x, { steer, pool }) => {
    const y = steer.pick(pool.filter((other) => broadcasts(x, other)));
    return steer.pick([() => x.add(y), () => x.sub(y), () => x.mul(y), () => x.maximum(y), () => y.minimum(x), () => x.div(y.square().add(1))])();
  },
  scalar: (x, { steer }) => steer.pick([() => x.add(1), () => x.mul(-0.5), () => x.sub(0), () => x.mul(1), () => x.maximum(0.1)])(),
  select: (x, { steer, pool }) => {
    const y = steer.pick(pool.filter((other) => broadcasts(x, other)));
    return where(x.greater(y), x.mul(0.5), y);
  },
  matmul: (x, { steer, pool }) => {
    const partners = pool.filter((y) => x.rank >= 1 && y.rank >= 2 && x.shape.at(-1) === y.shape.at(-2) && broadcasts({ shape: x.shape.slice(0, -2) }, { shape: y.shape.slice(0, -2) }));
    return partners.length > 0 ? x.matmul(steer.pick(partners)).mul(0.3) : x.rank > 0 && size(x) ** 2 <= largest ? x.expandDims(-1).matmul(x.expandDims(-2)).mul(0.3) : x;
  },
  reduce: (x, { steer }) => {
    const axes = x.shape.map((_, i) => i).filter(() => steer.below(2) === 1);
    const keepDims = steer.below(2) === 1;
    const empty = axes.some((axis) => x.shape[axis] === 0);
    return steer.pick([() => x.sum(axes, { keepDims }), () => (empty ? x : x.mean(axes, { keepDims })), () => (empty ? x : x.max(axes, { keepDims })), () => (empty ? x : x.min(axes, { keepDims }))])();
  },
  reshape: (x, { steer }) => {
    const flat = size(x);
    const divisors = [1, 2, 3, 4, 6].filter((n) => flat > 0 && flat % n === 0);
    if (divisors.length === 0) return x;
    const first = steer.pick(divisors);
    const seconds = divisors.filter((n) => (flat / first) % n === 0);
    const second = steer.pick(seconds);
    return steer.pick([() => x.reshape([flat]), () => x.reshape([first, flat / first]), () => x.reshape([first, second, flat / first / second]), () => x.reshape([flat / first, first, 1])])();
  },
  transpose: (x, { steer }) => {
    const perm = x.shape.map((_, i) => i);
    perm.forEach((_, i) => {
      const j = i + steer.below(perm.length - i);
      [perm[i], perm[j]] = [perm[j] as number, perm[i] as number];
    });
    return x.transpose(perm);
  },
  slice: (x, { steer }) => {
    if (x.rank === 0) return x;
    const axis = steer.below(x.rank);
    const length = x.shape[axis] as number;
    const start = steer.below(length + 1);
    return x.slice(axis, [start, start + steer.below(length - start + 1)]);
  },
  broadcast: (x, { steer }) => {
    const shape = x.shape.map((n) => (n === 1 ? 1 + steer.below(3) : n));
    const lead = steer.pick([[], [2], [3, 1]]);
    const wide = [...lead, ...shape];
    return wide.reduce((product, n) => product * n, 1) <= largest ? x.broadcastTo(wide) : x;
  },
  repeat: (x, { steer }) => (x.rank === 0 || size(x) > largest / 3 ? x : repeat(x, 1 + steer.below(3), steer.below(x.rank))),
  concat: (x, { steer, pool }) => {
    if (x.rank === 0 || size(x) > largest / 2) return x;
    const axis = steer.below(x.rank);
    const fits = pool.filter((y) => y.rank === x.rank && size(y) <= largest / 2 && y.shape.every((n, i) => i === axis || n === x.shape[i]));
    return concat([x, steer.pick(fits)], axis);
  },
  softmax: (x, { steer }) => (x.rank === 0 || size(x) === 0 ? x : x.softmax(steer.below(x.rank))),
};

/**
 * Runs a random program on tensors of `inputShapes` and returns the last values that it made. With `differentiable`,
 * no axis becomes empty: jax-js cannot differentiate a broadcast to size 0.
 */
export function randomProgram(numbers: readonly number[], { inputs, differentiable }: { inputs: readonly Tensor[]; differentiable: boolean }): Tensor[] {
  const steer = new Steering(numbers);
  const pool = inputs.filter((input) => !differentiable || size(input) > 0);
  const names = Object.keys(operations);
  for (let i = 0; i < 8; i++) {
    const x = steer.below(3) === 0 ? steer.pick(pool) : (pool.at(-1) as Tensor);
    const made = (operations[steer.pick(names)] as (typeof operations)[string])(x, { steer, pool });
    if (!differentiable || size(made) > 0) pool.push(made);
  }
  return pool.slice(-2);
}
