// Written by scripts/pjrt-offsets.mjs from pjrt_c_api.h; do not edit.

/** The version of the header. */
export const headerVersion = { major: 0, minor: 90 } as const;

/** Where the version numbers lie in the struct that GetPjrtApi returns. */
export const versionOffsets = { major: 32, minor: 36 } as const;

/** Where the function pointers lie in that struct. */
export const functionOffsets = { Error_Message: 48, Error_Destroy: 40, Plugin_Initialize: 64, Event_Await: 104, Event_Destroy: 80, Client_Create: 120, Client_PlatformName: 136, Client_AddressableDevices: 168, Client_Compile: 200, Client_BufferFromHostBuffer: 216, LoadedExecutable_Destroy: 440, LoadedExecutable_Execute: 480, LoadedExecutable_GetExecutable: 448, Executable_Serialize: 432, Executable_Destroy: 360, Executable_DeserializeAndLoad: 488, Buffer_ToHostBuffer: 600, Buffer_Destroy: 504, Buffer_IsDeleted: 584 } as const;

/** Sizes of structs and offsets of their fields, in bytes. */
export const structs = {
  PJRT_Error_Message_Args: { size: 40, fields: { error: 16, message: 24, message_size: 32 } },
  PJRT_Error_Destroy_Args: { size: 24, fields: { error: 16 } },
  PJRT_Plugin_Initialize_Args: { size: 16, fields: {} },
  PJRT_Event_Await_Args: { size: 24, fields: { event: 16 } },
  PJRT_Event_Destroy_Args: { size: 24, fields: { event: 16 } },
  PJRT_Client_Create_Args: { size: 88, fields: { create_options: 16, num_options: 24, client: 64 } },
  PJRT_Client_PlatformName_Args: { size: 40, fields: { client: 16, platform_name: 24, platform_name_size: 32 } },
  PJRT_Client_AddressableDevices_Args: { size: 40, fields: { client: 16, addressable_devices: 24, num_addressable_devices: 32 } },
  PJRT_Client_Compile_Args: { size: 56, fields: { client: 16, program: 24, compile_options: 32, compile_options_size: 40, executable: 48 } },
  PJRT_Client_BufferFromHostBuffer_Args: { size: 120, fields: { client: 16, data: 24, type: 32, dims: 40, num_dims: 48, host_buffer_semantics: 72, device: 80, done_with_host_buffer: 104, buffer: 112 } },
  PJRT_LoadedExecutable_Destroy_Args: { size: 24, fields: { executable: 16 } },
  PJRT_LoadedExecutable_Execute_Args: { size: 80, fields: { executable: 16, options: 24, argument_lists: 32, num_devices: 40, num_args: 48, output_lists: 56, device_complete_events: 64, execute_device: 72 } },
  PJRT_LoadedExecutable_GetExecutable_Args: { size: 32, fields: { loaded_executable: 16, executable: 24 } },
  PJRT_Executable_Serialize_Args: { size: 56, fields: { executable: 16, serialized_bytes: 24, serialized_bytes_size: 32, serialized_executable: 40, serialized_executable_deleter: 48 } },
  PJRT_Executable_Destroy_Args: { size: 24, fields: { executable: 16 } },
  PJRT_Executable_DeserializeAndLoad_Args: { size: 64, fields: { client: 16, serialized_executable: 24, serialized_executable_size: 32, loaded_executable: 40 } },
  PJRT_Buffer_ToHostBuffer_Args: { size: 56, fields: { src: 16, dst: 32, dst_size: 40, event: 48 } },
  PJRT_Buffer_Destroy_Args: { size: 24, fields: { buffer: 16 } },
  PJRT_Buffer_IsDeleted_Args: { size: 32, fields: { buffer: 16, is_deleted: 24 } },
  PJRT_Program: { size: 48, fields: { code: 16, code_size: 24, format: 32, format_size: 40 } },
  PJRT_ExecuteOptions: { size: 112, fields: {} },
  PJRT_NamedValue: { size: 56, fields: { name: 16, name_size: 24, type: 32, int64_value: 40, value_size: 48 } },
} as const;

/** PJRT_Buffer_Type of the engine's dtypes. */
export const bufferTypes = { float32: 11, int32: 4, uint32: 8, bool: 1 } as const;
