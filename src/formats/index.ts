export { halfToFloat, halvesToFloats, brainHalvesToFloats } from "./half.js";
export { dequantizeGguf, ggufBlocks, readGguf, type Gguf, type GgufBlocks, type GgufTensor, type GgufType, type GgufValue } from "./gguf.js";
export { OnnxGraph, onnxFloat, onnxTypes, type OnnxAttribute, type OnnxDim, type OnnxFloat, type OnnxType } from "./onnx.js";
export { field as protobufField, integer as protobufInteger, text as protobufText } from "./protobuf.js";
export { appendOnnxOutput, readOnnxNodes, type OnnxNode } from "./onnx-reader.js";
export {
  readSafetensors,
  writeSafetensors,
  tensorToFloat32,
  type Safetensors,
  type SafetensorsData,
  type SafetensorsDtype,
  type SafetensorsTensor,
} from "./safetensors.js";
