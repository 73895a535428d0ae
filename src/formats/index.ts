export { halfToFloat, halvesToFloats, brainHalvesToFloats } from "./half.js";
export {
  readSafetensors,
  writeSafetensors,
  tensorToFloat32,
  type Safetensors,
  type SafetensorsData,
  type SafetensorsDtype,
  type SafetensorsTensor,
} from "./safetensors.js";
