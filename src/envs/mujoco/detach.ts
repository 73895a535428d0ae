import { setFlagsFromString } from "node:v8";

type Detach = (buffer: ArrayBuffer) => void;

/**
 * Empties an ArrayBuffer over foreign memory and all views on it: the only way to make sure that none outlives that
 * memory. Node's own `structuredClone` refuses such buffers (it copies them), so this is `transfer` where the engine has
 * it (Node 22) and V8's own primitive where it has not (Node 20).
 */
export const detach: Detach = "transfer" in ArrayBuffer.prototype ? (buffer) => void (buffer as ArrayBuffer & { transfer(bytes: number): ArrayBuffer }).transfer(0) : compileDetach();

/** The syntax stays allowed: V8 throws away the code of functions that rest for long and parses them again when called. */
function compileDetach(): Detach {
  setFlagsFromString("--allow-natives-syntax");
  // oxlint-disable-next-line typescript/no-implied-eval -- a constant text
  return new Function("buffer", "%ArrayBufferDetach(buffer)") as Detach;
}
