/** One plug-in's device: compiles programs, holds buffers, runs. */
import type { ElementType } from "../graph.js";
import { emptyData, sizeOf, type DType, type HostArray } from "../host-array.js";
import { PjrtApi, Struct } from "./api.js";
import { addressOf, callLibrary, keepFreedMemory, readBytes, readText, readUint64, functionAt, stableCopy } from "./native.js";
import { compileOptions, type CompileFlags } from "./compile-options.js";
import { bufferTypes, structs } from "./offsets.js";

/** An array on the device; 0n once it has been donated or destroyed. */
export interface DeviceBuffer {
  handle: bigint;
}

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

  /** Copies a host array to the device. The host array may be changed or dropped as soon as this returns. */
  upload({ data, shape, dtype }: HostArray): DeviceBuffer {
    const dims = new BigInt64Array(new ArrayBuffer(Math.max(8, shape.length * 8)));
    shape.forEach((size, i) => (dims[i] = BigInt(size)));
    const args = this.api.with("Client_BufferFromHostBuffer", {
      client: this.client,
      data: addressOf(data),
      type: BigInt(bufferTypes[dtype as ElementType]),
      dims: addressOf(dims),
      num_dims: BigInt(shape.length),
      host_buffer_semantics: 0n,
      device: this.device,
    }, [data, dims]);
    // With these semantics the bytes are copied before the call returns; the event only has to be given back.
    this.api.with("Event_Destroy", { event: args.get("done_with_host_buffer") });
    return { handle: args.get("buffer") };
  }

  /** Copies a buffer to the host. */
  async download(buffer: DeviceBuffer, { shape, dtype }: { shape: readonly number[]; dtype: DType }): Promise<HostArray> {
    const data = emptyData(dtype, sizeOf(shape));
    if (data.length > 0) {
      const args = this.api.with("Buffer_ToHostBuffer", { src: buffer.handle, dst: addressOf(data), dst_size: BigInt(data.byteLength) }, [data]);
      await this.api.awaitEvent(args.get("event"));
    }
    return { shape: [...shape], data, dtype };
  }

  destroy(buffer: DeviceBuffer): void {
    if (buffer.handle !== 0n) this.api.with("Buffer_Destroy", { buffer: buffer.handle });
    buffer.handle = 0n;
  }

  /** "cpu 0.115": what doctor shows. */
  get description(): string {
    return `${this.platform}, PJRT ${this.api.version.major}.${this.api.version.minor}`;
  }

  readonly executeOptions = new Struct("PJRT_ExecuteOptions");
}

/** A compiled program. */
export class PjrtExecutable {
  constructor(
    private readonly client: PjrtClient,
    private readonly handle: bigint,
  ) {}

  /**
   * Starts the program and returns its outputs and the event of its completion. Inputs that the program aliases are
   * consumed: their handles may only be destroyed.
   */
  start(inputs: readonly DeviceBuffer[], outputCount: number): { outputs: DeviceBuffer[]; done: bigint } {
    const memory = new BigUint64Array(new ArrayBuffer(8 * (inputs.length + outputCount + 3)));
    const base = addressOf(memory.buffer);
    const at = (index: number): bigint => base + BigInt(8 * index);
    inputs.forEach(({ handle }, i) => (memory[3 + i] = handle));
    memory[0] = at(3);
    memory[1] = at(3 + inputs.length);
    const args = new Struct("PJRT_LoadedExecutable_Execute_Args", {
      executable: this.handle,
      options: this.client.executeOptions.address,
      argument_lists: at(0),
      num_devices: 1n,
      num_args: BigInt(inputs.length),
      output_lists: at(1),
      device_complete_events: at(2),
    });
    this.client.api.call("LoadedExecutable_Execute", args);
    const outputs = Array.from({ length: outputCount }, (_, i): DeviceBuffer => ({ handle: memory[3 + inputs.length + i] as bigint }));
    return { outputs, done: memory[2] as bigint };
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

  destroy(): void {
    this.client.api.with("LoadedExecutable_Destroy", { executable: this.handle });
  }
}
