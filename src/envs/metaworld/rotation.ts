import type { Quat } from "./vec.js";

/**
 * The quaternion (x, y, z, w) of a rotation matrix (row-major, 9 numbers), with the sign that SciPy's
 * `Rotation.from_matrix(...).as_quat()` leaves: the component with the largest decision value is positive.
 * Nearly orthogonal input is assumed, as MuJoCo's matrices are.
 */
export function quaternionFromMatrix(matrix: ArrayLike<number>, at = 0): Quat {
  const m = (row: number, column: number): number => matrix[at + 3 * row + column] as number;
  const trace = m(0, 0) + m(1, 1) + m(2, 2);
  let largest = 3;
  let value = trace;
  for (let i = 2; i >= 0; i--) {
    if (m(i, i) >= value) {
      largest = i;
      value = m(i, i);
    }
  }
  const quaternion: [number, number, number, number] = [0, 0, 0, 0];
  if (largest === 3) {
    quaternion[0] = m(2, 1) - m(1, 2);
    quaternion[1] = m(0, 2) - m(2, 0);
    quaternion[2] = m(1, 0) - m(0, 1);
    quaternion[3] = 1 + trace;
  } else {
    const i = largest;
    const j = (i + 1) % 3;
    const k = (j + 1) % 3;
    quaternion[i] = 1 - trace + 2 * m(i, i);
    quaternion[j] = m(j, i) + m(i, j);
    quaternion[k] = m(k, i) + m(i, k);
    quaternion[3] = m(k, j) - m(j, k);
  }
  const [x, y, z, w] = quaternion;
  const length = Math.sqrt(x * x + y * y + z * z + w * w);
  return [x / length, y / length, z / length, w / length];
}
