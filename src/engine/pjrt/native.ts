/** The one file of the engine that imports koffi: libraries, function pointers, addresses. */
import koffi, { type LibraryHandle } from "koffi";

/** A C function that takes and returns one pointer; 0n is null. */
export interface NativeFunction {
  (argument: bigint): bigint;
  /** The same on a thread of koffi's pool. What the pointer points to must stay alive. */
  later(argument: bigint): Promise<bigint>;
}

type Callable = ((argument: bigint) => bigint | number) & { async: (argument: bigint, done: (error: Error | null, result: bigint | number) => void) => void };

const prototype = koffi.proto("uint64_t LlmdpdPointerFunction(uint64_t)");

/** The function at an address. */
export function functionAt(address: bigint): NativeFunction {
  const call = koffi.decode(address, prototype) as Callable;
  const later = async (argument: bigint): Promise<bigint> =>
    new Promise((resolve, reject) => {
      call.async(argument, (error, result) => (error === null ? resolve(BigInt(result)) : reject(error)));
    });
  return Object.assign((argument: bigint) => BigInt(call(argument)), { later });
}

/** Libraries stay loaded as long as something refers to them, and their functions live only so long. */
const libraries: LibraryHandle[] = [];

const [rtldNow, rtldGlobal] = [2, 0x100];

/** Loads libraries until the process has ended, `visible` by name to those which come later. What cannot be loaded is left to whoever needs it. */
export function keepLoaded(paths: readonly string[], { visible = false }: { visible?: boolean } = {}): void {
  if (process.platform === "win32") return;
  const dlopen = koffi.load(null).func("dlopen", "uint64_t", ["str", "int"]);
  for (const path of paths) dlopen(path, visible ? rtldNow | rtldGlobal : rtldNow);
}

/** Loads a shared library and calls one of its functions, which takes nothing and returns a pointer. */
export function callLibrary(path: string, symbol: string): bigint {
  const library = koffi.load(path);
  libraries.push(library);
  // XLA leaves functions to be run at exit, and koffi unloads its libraries before that.
  keepLoaded([path]);
  return BigInt(library.func(symbol, "uint64_t", [])() as bigint | number);
}

/**
 * Lets the C library keep the memory that XLA takes and gives back at every step. By default glibc returns blocks of
 * megabytes to the system each time, and the page faults of getting them again cost a tenth of an update.
 */
export function keepFreedMemory(): void {
  if (process.platform !== "linux") return;
  try {
    const setOption = koffi.load("libc.so.6").func("int mallopt(int, int)") as (option: number, value: number) => number;
    const [trimThreshold, mmapThreshold, fastBins] = [-1, -3, 1];
    setOption(mmapThreshold, 128 * 2 ** 20);
    setOption(trimThreshold, 512 * 2 ** 20);
    setOption(fastBins, 0);
  } catch {
    // Another C library: nothing to set.
  }
}

/**
 * Where a buffer's bytes lie. Buffers made by `new ArrayBuffer` stay where they are as long as something refers to them.
 */
export function addressOf(data: ArrayBuffer | ArrayBufferView): bigint {
  return koffi.address(data);
}

export function readUint64(address: bigint): bigint {
  return BigInt(koffi.decode.uint64(address));
}

export function readInt32(address: bigint): number {
  return koffi.decode.int32(address);
}

export function readText(address: bigint, length: number): string {
  return address === 0n || length === 0 ? "" : new TextDecoder().decode(readBytes(address, length));
}

/** A copy whose address does not change. */
export function stableCopy(bytes: ArrayLike<number>): Uint8Array {
  const copy = new Uint8Array(new ArrayBuffer(Math.max(1, bytes.length)), 0, bytes.length);
  copy.set(bytes);
  return copy;
}

/** A copy of native bytes. */
export function readBytes(address: bigint, length: number): Uint8Array {
  return new Uint8Array(koffi.view(address, length)).slice();
}
