import { expect, test } from "vitest";
import { Rng } from "../util/index.js";
import { NormalStream } from "./normal-stream.js";

const draw = (seed: number, count: number): Float32Array => {
  const stream = new NormalStream();
  stream.seed(new Rng(seed));
  const array = new Float32Array(count);
  stream.write(array);
  return array;
};

test("moments and tails are those of the standard normal distribution", () => {
  const count = 1_000_000;
  const numbers = draw(3, count);
  const moment = (power: number): number => numbers.reduce((sum, x) => sum + x ** power, 0) / count;
  expect(Math.abs(moment(1))).toBeLessThan(0.004);
  expect(Math.abs(moment(2) - 1)).toBeLessThan(0.006);
  expect(Math.abs(moment(3))).toBeLessThan(0.016);
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.04);
  // P(|x| > c) for c inside the layers, at the start of the tail and in it.
  for (const [bound, share] of [[0.5, 0.617075], [1, 0.317311], [2, 0.0455003], [3, 0.0026998], [3.5, 0.00046526], [4, 0.0000633]] as const) {
    const counted = numbers.reduce((sum, x) => sum + (Math.abs(x) > bound ? 1 : 0), 0);
    expect(Math.abs(counted - count * share)).toBeLessThan(4 * Math.sqrt(count * share));
  }
  expect(numbers.reduce((sum, x) => sum + (x > 0 ? 1 : 0), 0) / count).toBeCloseTo(0.5, 2);
});

test("a stream depends on its seed alone", () => {
  expect(draw(5, 64)).toEqual(draw(5, 64));
  expect(draw(5, 64)).not.toEqual(draw(6, 64));
});
