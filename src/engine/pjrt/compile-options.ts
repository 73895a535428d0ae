/** The serialised CompileOptionsProto: one replica, one partition, and overrides of XLA's flags. */
import { protobufField as field, protobufInteger as integer, protobufText as text } from "../../formats/index.js";
import { stableCopy } from "./native.js";

/** XLA flags by name, without the dashes: `{ xla_cpu_enable_fast_math: true }`. */
export type CompileFlags = Readonly<Record<string, boolean | number | string>>;

/** OptionOverrideProto: string 1, bool 2, int 3. */
const override = (value: boolean | number | string): Uint8Array[] => (typeof value === "string" ? text(1, value) : integer(typeof value === "boolean" ? 2 : 3, Number(value)));

/** Field 3: build options (4: replicas, 5: partitions). Field 7: map from flag to override. */
export function compileOptions(flags: CompileFlags): Uint8Array {
  const build = field(3, [...integer(4, 1), ...integer(5, 1)]);
  const overrides = Object.entries(flags).flatMap(([name, value]) => field(7, [...text(1, name), ...field(2, override(value))]));
  return stableCopy(Buffer.concat([...build, ...overrides]));
}
