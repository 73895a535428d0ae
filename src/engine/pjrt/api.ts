/** The PJRT C API: structs by their offsets, calls, errors. Every call takes one struct that begins with its size. */
import { UserError } from "../../util/index.js";
import { addressOf, functionAt, readInt32, readText, readUint64, type NativeFunction } from "./native.js";
import { functionOffsets, headerVersion, structs, versionOffsets } from "./offsets.js";

type StructName = keyof typeof structs;
export type FunctionName = keyof typeof functionOffsets;
type Fields<T extends StructName> = (typeof structs)[T]["fields"];
type ArgsOf<F extends FunctionName> = Fields<`PJRT_${F}_Args`>;

/** A struct in JavaScript's memory, and what its fields point to. Fields are written and read as 64-bit words. */
export class Struct<T extends StructName> {
  private readonly words: BigUint64Array;
  readonly address: bigint;

  constructor(
    private readonly type: T,
    values: Partial<Record<keyof Fields<T>, bigint>> = {},
    readonly held: readonly object[] = [],
  ) {
    this.words = new BigUint64Array(new ArrayBuffer(structs[type].size));
    this.address = addressOf(this.words.buffer as ArrayBuffer);
    this.words[0] = BigInt(structs[type].size);
    for (const [field, value] of Object.entries(values)) this.set(field as keyof Fields<T>, value as bigint);
  }

  private at(field: keyof Fields<T>): number {
    return (structs[this.type].fields as Record<keyof Fields<T>, number>)[field] / 8;
  }
  get(field: keyof Fields<T>): bigint {
    return this.words[this.at(field)] as bigint;
  }
  set(field: keyof Fields<T>, value: bigint): void {
    this.words[this.at(field)] = value;
  }
  get bytes(): Uint8Array {
    return new Uint8Array(this.words.buffer);
  }
}

/** Throws unless a plug-in of this version can be called with our table of offsets: the major version must agree. */
export function checkVersion({ major, minor }: { major: number; minor: number }, path: string): void {
  if (major === headerVersion.major) return;
  throw new UserError(
    `Cannot use the XLA plug-in "${path}": required PJRT C API major version ${headerVersion.major} (this package knows ${headerVersion.major}.${headerVersion.minor}), got ${major}.${minor}. Use a plug-in built for version ${headerVersion.major}, or the device jax-js.`,
  );
}

/** The functions of one loaded plug-in. */
export class PjrtApi {
  readonly version: { readonly major: number; readonly minor: number };
  private readonly functions = new Map<FunctionName, NativeFunction>();

  constructor(
    private readonly table: bigint,
    readonly path: string,
  ) {
    this.version = { major: readInt32(table + BigInt(versionOffsets.major)), minor: readInt32(table + BigInt(versionOffsets.minor)) };
    checkVersion(this.version, path);
  }

  /** Calls a function with a struct, synchronously. */
  call<F extends FunctionName>(name: F, args: Struct<`PJRT_${F}_Args`>): Struct<`PJRT_${F}_Args`> {
    this.check(name, this.function(name)(args.address));
    return args;
  }

  /** Calls with a fresh struct of these fields. `held` is what the fields point to: it stays alive during the call. */
  with<F extends FunctionName>(name: F, values: Partial<Record<keyof ArgsOf<F>, bigint>>, held: readonly object[] = []): Struct<`PJRT_${F}_Args`> {
    return this.call(name, new Struct(`PJRT_${name}_Args`, values as never, held));
  }

  /** Waits off the main thread until an event has happened, well or not; `settle` says which. */
  async waitFor(event: bigint): Promise<void> {
    const args = new Struct("PJRT_Event_Await_Args", { event });
    const error = await this.function("Event_Await").later(args.address);
    if (error !== 0n) this.function("Error_Destroy")(new Struct("PJRT_Error_Destroy_Args", { error }).address);
    args.get("event");
  }

  /** Destroys an event that has happened, and throws if it was an error. Waits on the main thread if it has not. */
  settle(event: bigint): void {
    try {
      this.with("Event_Await", { event });
    } finally {
      this.with("Event_Destroy", { event });
    }
  }

  private function(name: FunctionName): NativeFunction {
    let found = this.functions.get(name);
    if (found === undefined) {
      const address = readUint64(this.table + BigInt(functionOffsets[name]));
      if (address === 0n) throw new UserError(`Cannot call PJRT_${name}: the plug-in "${this.path}" (version ${this.version.major}.${this.version.minor}) does not offer it.`);
      found = functionAt(address);
      this.functions.set(name, found);
    }
    return found;
  }

  /** Reads and destroys an error. */
  private check(name: FunctionName, error: bigint): void {
    if (error === 0n) return;
    const message = new Struct("PJRT_Error_Message_Args", { error });
    this.function("Error_Message")(message.address);
    const text = readText(message.get("message"), Number(message.get("message_size")));
    this.function("Error_Destroy")(new Struct("PJRT_Error_Destroy_Args", { error }).address);
    throw new Error(`Cannot run PJRT_${name}: ${text}`);
  }
}
