/** One plug-in's device: compiles programs, holds buffers, runs. */
import type { ElementType } from "../graph.js";
import { emptyData, sizeOf, type DType, type HostArray } from "../../util/index.js";
import { PjrtApi, Struct } from "./api.js";
import { addressOf, callLibrary, keepFreedMemory, readBytes, readText, readUint64, functionAt, stableCopy } from "./native.js";
import { compileOptions, type CompileFlags } from "./compile-options.js";
import { bufferTypes, structs } from "./offsets.js";

const text = (value: string): Uint8Array => stableCopy(new TextEncoder().encode(value));

/** What a plug-in takes when its client is made. */
export interface ClientOption {
  readonly name: string;
  readonly value: bigint | number | boolean;
}

/** PJRT_NamedValue_Type: int64, float, bool. */
const valueTypes = { bigint: 1n, number: 3n, boolean: 4n } as const;

/** An array of PJRT_NamedValue, and what it points to. */
function namedValues(options: readonly ClientOption[]): { list: Uint8Array; held: readonly object[] } {
  const names = options.map(({ name }) => text(name));
  const list = new Uint8Array(new ArrayBuffer(Math.max(1, options.length * structs.PJRT_NamedValue.size)));
  options.forEach(({ value }, i) => {
    const name = names[i] as Uint8Array;
    const number = typeof value === "number" ? BigInt(new Uint32Array(Float32Array.of(value).buffer)[0] as number) : BigInt(value);
    const entry = new Struct("PJRT_NamedValue", { name: addressOf(name), name_size: BigInt(name.length), type: valueTypes[typeof value as keyof typeof valueTypes], int64_value: number, value_size: 1n });
    list.set(entry.bytes, i * structs.PJRT_NamedValue.size);
  });
  return { list, held: [list, ...names] };
}

export class PjrtClient {
  private constructor(
    readonly api: PjrtApi,
    private readonly client: bigint,
    private readonly device: bigint,
    readonly platform: string,
  ) {}

  /** Loads a plug-in and opens its first device. A process keeps one client per plug-in. */
  static open(path: string, options: readonly ClientOption[] = []): PjrtClient {
    // XLA writes notes, warnings and errors to stderr; its errors reach us as results, too.
    process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "3";
    keepFreedMemory();
    const api = new PjrtApi(callLibrary(path, "GetPjrtApi"), path);
    api.with("Plugin_Initialize", {});
    const { list, held } = namedValues(options);
    const client = api.with("Client_Create", options.length === 0 ? {} : { create_options: addressOf(list), num_options: BigInt(options.length) }, held).get("client");
    const devices = api.with("Client_AddressableDevices", { client });
    if (devices.get("num_addressable_devices") === 0n) throw new Error(`Cannot use the XLA plug-in "${path}": it found no device`);
    const called = api.with("Client_PlatformName", { client });
    const platform = readText(called.get("platform_name"), Number(called.get("platform_name_size"))).toLowerCase();
    return new PjrtClient(api, client, readUint64(devices.get("addressable_devices")), platform);
  }

  /** Compiles a StableHLO module. */
  compile(module: string, flags: CompileFlags = {}): PjrtExecutable {
    const [code, format, options] = [text(module), text("mlir"), compileOptions(flags)];
    const program = new Struct("PJRT_Program", { code: addressOf(code), code_size: BigInt(code.length), format: addressOf(format), format_size: 4n });
    const args = this.api.with("Client_Compile", { client: this.client, program: program.address, compile_options: addressOf(options), compile_options_size: BigInt(options.length) }, [code, format, options, program]);
    return new PjrtExecutable(this, args.get("executable"));
  }

  /** Loads what `PjrtExecutable.serialize` gave. */
  deserialize(bytes: Uint8Array): PjrtExecutable {
    const stable = stableCopy(bytes);
    const args = this.api.with("Executable_DeserializeAndLoad", { client: this.client, serialized_executable: addressOf(stable), serialized_executable_size: BigInt(stable.length) }, [stable]);
    return new PjrtExecutable(this, args.get("loaded_executable"));
  }

  /** Copies a host array to the device. The array may be changed or dropped as soon as this returns. */
  upload(array: HostArray): bigint {
    return this.uploader(array)();
  }

  /** Copies a host array to the device each time that it is called, as the array then is. */
  uploader({ data, shape, dtype }: HostArray): () => bigint {
    const dims = new BigInt64Array(new ArrayBuffer(Math.max(8, shape.length * 8)));
    shape.forEach((size, i) => (dims[i] = BigInt(size)));
    const type = BigInt(bufferTypes[dtype as ElementType]);
    const args = new Struct("PJRT_Client_BufferFromHostBuffer_Args", { client: this.client, data: addressOf(data), type, dims: addressOf(dims), num_dims: BigInt(shape.length), host_buffer_semantics: 0n, device: this.device }, [data, dims]);
    return () => {
      this.api.call("Client_BufferFromHostBuffer", args);
      // With these semantics the bytes are copied before the call returns; the event only has to be given back.
      this.api.with("Event_Destroy", { event: args.get("done_with_host_buffer") });
      return args.get("buffer");
    };
  }

  /** Begins to copy a buffer to the host; the array is filled when the event has happened. */
  startDownload(buffer: bigint, { shape, dtype }: { shape: readonly number[]; dtype: DType }): { array: HostArray; event: bigint } {
    if (buffer === 0n) throw new Error("Cannot read a buffer: it was given back");
    // Without an address PJRT would only tell the size and give no event: an empty array needs a place, too.
    const place = emptyData(dtype, Math.max(1, sizeOf(shape)));
    const data = place.subarray(0, sizeOf(shape));
    const args = this.api.with("Buffer_ToHostBuffer", { src: buffer, dst: addressOf(place), dst_size: BigInt(data.byteLength) }, [place]);
    return { array: { shape: [...shape], data, dtype }, event: args.get("event") };
  }

  /** Copies a buffer to the host. */
  async download(buffer: bigint, spec: { shape: readonly number[]; dtype: DType }): Promise<HostArray> {
    const { array, event } = this.startDownload(buffer, spec);
    await this.api.waitFor(event);
    this.api.settle(event);
    return array;
  }

  /** Gives buffers back; what still reads them goes on undisturbed. Their places become 0. */
  destroy(buffers: BigUint64Array): void {
    for (let i = 0; i < buffers.length; i++) {
      const buffer = buffers[i] as bigint;
      if (buffer === 0n) continue;
      this.destroyArgs.set("buffer", buffer);
      buffers[i] = 0n;
      this.api.call("Buffer_Destroy", this.destroyArgs);
    }
  }
  private readonly destroyArgs = new Struct("PJRT_Buffer_Destroy_Args");

  /** Whether a buffer's memory was given to a program's result. */
  isDeleted(buffer: bigint): boolean {
    return (this.api.with("Buffer_IsDeleted", { buffer }).get("is_deleted") & 0xffn) !== 0n;
  }
}

/** The block of handles from which a program is called: written into `inputs`, read from `outputs`. */
export class PjrtCaller {
  readonly inputs: BigUint64Array;
  readonly outputs: BigUint64Array;
  private readonly args: Struct<"PJRT_LoadedExecutable_Execute_Args">;

  constructor(
    private readonly executable: PjrtExecutable,
    { inputs, outputs }: { inputs: number; outputs: number },
  ) {
    const memory = new ArrayBuffer(8 * (2 + inputs + outputs));
    this.inputs = new BigUint64Array(memory, 16, inputs);
    this.outputs = new BigUint64Array(memory, 16 + 8 * inputs, outputs);
    const base = addressOf(memory);
    new BigUint64Array(memory).set([base + 16n, base + 16n + 8n * BigInt(inputs)]);
    const options = new Struct("PJRT_ExecuteOptions");
    const lists = { argument_lists: base, num_devices: 1n, num_args: BigInt(inputs), output_lists: base + 8n };
    this.args = new Struct("PJRT_LoadedExecutable_Execute_Args", { options: options.address, ...lists }, [memory, options]);
  }

  /**
   * Starts the program, which runs when what it reads is there. Inputs that it aliases are consumed: they may only be
   * destroyed. An error that comes later is found by whoever downloads an output.
   */
  start(): void {
    const missing = this.inputs.indexOf(0n);
    if (missing >= 0) throw new Error(`Cannot run a program: its input ${missing} was not given, or was given back`);
    this.args.set("executable", this.executable.handle);
    this.executable.client.api.call("LoadedExecutable_Execute", this.args);
  }
}

/** A compiled program. */
export class PjrtExecutable {
  constructor(
    readonly client: PjrtClient,
    private address: bigint,
  ) {}

  get handle(): bigint {
    if (this.address === 0n) throw new Error("Cannot use a program: it was given back");
    return this.address;
  }

  /** The compiled machine code, to be loaded again by the same plug-in on the same kind of machine. */
  serialize(): Uint8Array {
    const { api } = this.client;
    const executable = api.with("LoadedExecutable_GetExecutable", { loaded_executable: this.handle }).get("executable");
    try {
      const args = api.with("Executable_Serialize", { executable });
      const bytes = readBytes(args.get("serialized_bytes"), Number(args.get("serialized_bytes_size")));
      functionAt(args.get("serialized_executable_deleter"))(args.get("serialized_executable"));
      return bytes;
    } finally {
      api.with("Executable_Destroy", { executable });
    }
  }

  /** Gives the program back, once. */
  destroy(): void {
    if (this.address !== 0n) this.client.api.with("LoadedExecutable_Destroy", { executable: this.address });
    this.address = 0n;
  }
}
