import type { ParityExceptions } from "./parity.js";

/**
 * One-step cases of recordings with seeds 0, 1 and 2 that MuJoCo's WebAssembly build computes otherwise than the
 * native library by more than the tolerance, by "task/seed": in a few meetings of a mesh with a box, a cylinder or
 * another mesh it keeps other contact points, although the polygons of its meshes are put into the native order.
 * Found by stepping both libraries from the same state; recordings of other seeds may hold more such cases.
 */
export const wasmExceptions: ParityExceptions = {
  "button-press-topdown/1": [104, 146, 291, 353, 478],
  "button-press-topdown-wall/2": [62],
  "coffee-button/0": [166],
  "coffee-button/1": [83, 499],
  "coffee-button/2": [104, 208, 250, 270, 312, 374, 395, 437],
  "coffee-pull/1": [62, 104, 125],
  "coffee-pull/2": [104, 125, 146, 166, 187],
  "coffee-push/1": [42, 250, 353],
  "coffee-push/2": [187],
  "shelf-place/0": [395, 416, 457],
};
