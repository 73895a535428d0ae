/** Writes protobuf messages: a field is a list of pieces, so that large ones are handed on as they lie in memory. */
export type Bytes = Uint8Array;

/** A whole number, as a field of this number. */
export function integer(number: number, value: number): Bytes[] {
  return [varint(number << 3), varint(value)];
}

/** A text, as a field of this number. */
export function text(number: number, value: string): Bytes[] {
  return field(number, [new TextEncoder().encode(value)]);
}

/** A length-delimited field around pieces that are not copied. */
export function field(number: number, pieces: readonly Bytes[]): Bytes[] {
  return [varint((number << 3) | 2), varint(pieces.reduce((sum, piece) => sum + piece.length, 0)), ...pieces];
}

/** Seven bits a byte, lowest first; negative numbers as 64-bit two's complement. */
export function varint(value: number): Bytes {
  if (!Number.isSafeInteger(value)) throw new Error(`Cannot encode ${value} as a whole number`);
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
