/** The serialised CompileOptionsProto: one replica, one partition, and overrides of XLA's flags. */
import { stableCopy } from "./native.js";

/** XLA flags by name, without the dashes: `{ xla_cpu_enable_fast_math: true }`. */
export type CompileFlags = Readonly<Record<string, boolean | number | string>>;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  while (left > 127) {
    bytes.push((left % 128) | 128);
    left = Math.floor(left / 128);
  }
  return [...bytes, left];
}

const field = (number: number, wire: number): number[] => varint(number * 8 + wire);
const bytesField = (number: number, bytes: readonly number[]): number[] => [...field(number, 2), ...varint(bytes.length), ...bytes];
const text = (value: string): number[] => [...new TextEncoder().encode(value)];

/** OptionOverrideProto: string 1, bool 2, int 3. */
function override(value: boolean | number | string): number[] {
  if (typeof value === "string") return bytesField(1, text(value));
  return typeof value === "boolean" ? [...field(2, 0), value ? 1 : 0] : [...field(3, 0), ...varint(value)];
}

/** Field 3: build options (4: replicas, 5: partitions). Field 7: map from flag to override. */
export function compileOptions(flags: CompileFlags): Uint8Array {
  const build = bytesField(3, [...field(4, 0), 1, ...field(5, 0), 1]);
  const overrides = Object.entries(flags).flatMap(([name, value]) => bytesField(7, [...bytesField(1, text(name)), ...bytesField(2, override(value))]));
  return stableCopy([...build, ...overrides]);
}
