// Writes src/engine/pjrt/offsets.ts from pjrt_c_api.h: where each function pointer and each field lies.
// Needs a C compiler. The header is in the wheel of tensorflow-cpu under tensorflow/include/xla/pjrt/c.
// The structs of the C API only grow at their end within one major version, so one table serves all its minor versions.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const header = process.argv[2];
if (header === undefined) {
  console.error("usage: node scripts/pjrt-offsets.mjs path/to/pjrt_c_api.h");
  process.exit(1);
}

/** Functions of the API, each with the fields of its argument struct that the engine reads or writes. */
const functions = {
  Error_Message: ["error", "message", "message_size"],
  Error_Destroy: ["error"],
  Plugin_Initialize: [],
  Event_Await: ["event"],
  Event_Destroy: ["event"],
  Client_Create: ["create_options", "num_options", "client"],
  Client_PlatformName: ["client", "platform_name", "platform_name_size"],
  Client_AddressableDevices: ["client", "addressable_devices", "num_addressable_devices"],
  Client_Compile: ["client", "program", "compile_options", "compile_options_size", "executable"],
  Client_BufferFromHostBuffer: ["client", "data", "type", "dims", "num_dims", "host_buffer_semantics", "device", "done_with_host_buffer", "buffer"],
  LoadedExecutable_Destroy: ["executable"],
  LoadedExecutable_Execute: ["executable", "options", "argument_lists", "num_devices", "num_args", "output_lists", "device_complete_events", "execute_device"],
  LoadedExecutable_GetExecutable: ["loaded_executable", "executable"],
  Executable_Serialize: ["executable", "serialized_bytes", "serialized_bytes_size", "serialized_executable", "serialized_executable_deleter"],
  Executable_Destroy: ["executable"],
  Executable_DeserializeAndLoad: ["client", "serialized_executable", "serialized_executable_size", "loaded_executable"],
  Buffer_ToHostBuffer: ["src", "dst", "dst_size", "event"],
  Buffer_Destroy: ["buffer"],
  Buffer_IsDeleted: ["buffer", "is_deleted"],
};
const structs = { PJRT_Program: ["code", "code_size", "format", "format_size"], PJRT_ExecuteOptions: [], PJRT_NamedValue: ["name", "name_size", "type", "int64_value", "value_size"] };
const bufferTypes = { float32: "F32", int32: "S32", uint32: "U32", bool: "PRED" };

const fields = Object.fromEntries([...Object.entries(functions).map(([name, list]) => [`PJRT_${name}_Args`, list]), ...Object.entries(structs)]);
const lines = [
  ...Object.keys(functions).map((name) => `printf("f ${name} %zu\\n", offsetof(PJRT_Api, PJRT_${name}));`),
  ...Object.entries(fields).flatMap(([type, list]) => [`printf("s ${type} %zu\\n", sizeof(${type}));`, ...list.map((field) => `printf("o ${type} ${field} %zu\\n", offsetof(${type}, ${field}));`)]),
  ...Object.entries(bufferTypes).map(([name, type]) => `printf("t ${name} %d\\n", PJRT_Buffer_Type_${type});`),
  `printf("v major %zu\\nv minor %zu\\n", offsetof(PJRT_Api, pjrt_api_version) + offsetof(PJRT_Api_Version, major_version), offsetof(PJRT_Api, pjrt_api_version) + offsetof(PJRT_Api_Version, minor_version));`,
  `printf("n major %d\\nn minor %d\\n", PJRT_API_MAJOR, PJRT_API_MINOR);`,
];
const folder = mkdtempSync(join(tmpdir(), "pjrt-"));
let printed;
try {
  writeFileSync(join(folder, "offsets.c"), `#include <stdio.h>\n#include "${resolve(header)}"\nint main() {\n${lines.join("\n")}\n}\n`);
  execFileSync("cc", ["-o", join(folder, "offsets"), join(folder, "offsets.c")], { stdio: "inherit" });
  printed = execFileSync(join(folder, "offsets"), { encoding: "utf8" }).trim().split("\n").map((line) => line.split(" "));
} finally {
  rmSync(folder, { recursive: true });
}
const pick = (kind) => printed.filter(([first]) => first === kind).map(([, ...rest]) => rest);
const record = (pairs) => `{ ${pairs.map(([key, value]) => `${key}: ${value}`).join(", ")} }`;
const text = [
  "// Written by scripts/pjrt-offsets.mjs from pjrt_c_api.h; do not edit.",
  "",
  "/** The version of the header. */",
  `export const headerVersion = ${record(pick("n"))} as const;`,
  "",
  "/** Where the version numbers lie in the struct that GetPjrtApi returns. */",
  `export const versionOffsets = ${record(pick("v"))} as const;`,
  "",
  "/** Where the function pointers lie in that struct. */",
  `export const functionOffsets = ${record(pick("f"))} as const;`,
  "",
  "/** Sizes of structs and offsets of their fields, in bytes. */",
  `export const structs = {\n${pick("s").map(([type, size]) => `  ${type}: { size: ${size}, fields: ${record(pick("o").filter(([owner]) => owner === type).map(([, field, offset]) => [field, offset])).replace("{  }", "{}")} },`).join("\n")}\n} as const;`,
  "",
  "/** PJRT_Buffer_Type of the engine's dtypes. */",
  `export const bufferTypes = ${record(pick("t"))} as const;`,
  "",
].join("\n");
writeFileSync(join(dirname(fileURLToPath(import.meta.url)), "../src/engine/pjrt/offsets.ts"), text);
