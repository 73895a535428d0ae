/** Sixteen-bit floating-point numbers, kept as raw bits because Node 20 has no Float16Array. */

const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

/** The value of IEEE 754 binary16 bits. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The values of IEEE 754 binary16 bits. */
export function halvesToFloats(bits: Uint16Array): Float32Array {
  const table = halfTable();
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = table[bits[i] as number] as number;
  return values;
}

/** The values of bfloat16 bits: the upper half of a float32. */
export function brainHalvesToFloats(bits: Uint16Array): Float32Array {
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    word[0] = (bits[i] as number) << 16;
    values[i] = single[0] as number;
  }
  return values;
}

let table: Float32Array | undefined;

/** All 65536 half-precision values by their bits: one look-up is ten times faster than the arithmetic. */
export function halfTable(): Float32Array {
  table ??= Float32Array.from({ length: 65536 }, (_, bits) => halfToFloat(bits));
  return table;
}
