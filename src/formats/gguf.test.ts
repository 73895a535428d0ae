import { describe, expect, it } from "vitest";
import { Rng, UserError } from "../util/index.js";
import { dequantizeGguf, readGguf, type GgufTensor } from "./gguf.js";
import { f32, halfBits, q4_1, q8_0, writeGguf } from "./testing.js";

const values = new Rng(1).fillNormal(new Float32Array(128));
const sample = (): Uint8Array =>
  writeGguf(
    { "general.architecture": "llama", "llama.block_count": 2, "llama.rope.freq_base": 0.5, flag: true, list: ["a", "ü"], kinds: [1, 3] },
    { norm: f32([4], Float32Array.of(1, 2, 3, 4)), four: q4_1([2, 64], values), eight: q8_0([4, 32], values) },
  );

const tensor = (name: string): GgufTensor => readGguf(sample()).tensors.get(name) as GgufTensor;
const largestError = (numbers: Float32Array): number => numbers.reduce((max, value, i) => Math.max(max, Math.abs(value - (values[i] as number))), 0);

describe("readGguf", () => {
  it("reads metadata of every kind", () => {
    expect(Object.fromEntries(readGguf(sample()).metadata)).toEqual({
      "general.architecture": "llama",
      "llama.block_count": 2,
      "llama.rope.freq_base": 0.5,
      flag: true,
      list: ["a", "ü"],
      kinds: [1, 3],
    });
  });

  it("gives shapes row-major", () => {
    expect([...readGguf(sample()).tensors].map(([name, { type, shape }]) => [name, type, shape])).toEqual([
      ["norm", "F32", [4]],
      ["four", "Q4_1", [2, 64]],
      ["eight", "Q8_0", [4, 32]],
    ]);
  });

  it("says that a file ends early, wherever it was cut", () => {
    const bytes = sample();
    for (let length = 0; length < bytes.length - 32; length += 7) expect(() => readGguf(bytes.subarray(0, length), { name: "m" })).toThrow(UserError);
  });

  it("names an unknown type of numbers", () => {
    const file = writeGguf({}, { w: { ...f32([2], new Float32Array(2)), type: "Q6_K" } });
    expect(() => readGguf(file, { name: "m.gguf" })).toThrow('Cannot read "m.gguf": tensor "w" must be one of F32, F16, Q4_0, Q4_1, Q8_0, got type 14');
  });

  it("refuses another kind of file", () => {
    expect(() => readGguf(Buffer.from("PK\u0003\u0004 this is a zip archive"))).toThrow('it must begin with "GGUF"');
  });
});

describe("dequantizeGguf", () => {
  it("gives float32 as it is", () => expect(dequantizeGguf(tensor("norm"))).toEqual(Float32Array.of(1, 2, 3, 4)));

  it("is within half a step of what was quantised", () => {
    // A step of four bits is a 15th of the range of a block, here at most 6; of eight bits a 127th of its largest number.
    expect(largestError(dequantizeGguf(tensor("four")))).toBeLessThan(0.5 * (6 / 15) + 0.01);
    expect(largestError(dequantizeGguf(tensor("eight")))).toBeLessThan(0.5 * (3.5 / 127) + 0.01);
  });

  it("follows the layout of Q4_1 byte by byte", () => {
    // Scale 0.5, least value −1; byte i holds weight i in its low half and weight i + 16 in its high half.
    const bytes = new Uint8Array(20);
    new DataView(bytes.buffer).setUint16(0, halfBits(0.5), true);
    new DataView(bytes.buffer).setUint16(2, halfBits(-1), true);
    bytes[4] = 0xf3;
    const out = dequantizeGguf({ type: "Q4_1", shape: [32], bytes });
    expect([out[0], out[1], out[16], out[17]]).toEqual([0.5, -1, 6.5, -1]);
  });

  it("follows the layouts of Q4_0 and F16", () => {
    const bytes = new Uint8Array(18);
    new DataView(bytes.buffer).setUint16(0, halfBits(2), true);
    bytes[2] = 0x90;
    const out = dequantizeGguf({ type: "Q4_0", shape: [32], bytes });
    expect([out[0], out[16], out[1]]).toEqual([-16, 2, -16]);
    expect(dequantizeGguf({ type: "F16", shape: [2], bytes: Uint8Array.of(0x00, 0x3c, 0x00, 0xc0) })).toEqual(Float32Array.of(1, -2));
  });
});
