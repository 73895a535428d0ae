import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../util/index.js";
import { readSafetensors, tensorToFloat32, writeSafetensors, type SafetensorsTensor } from "./safetensors.js";

const sample = (): Map<string, SafetensorsTensor> =>
  new Map<string, SafetensorsTensor>([
    ["flag", { dtype: "BOOL", shape: [3], data: Uint8Array.of(1, 0, 1) }],
    ["actor/l1/w", { dtype: "F32", shape: [2, 2], data: Float32Array.of(1.5, -0, NaN, Infinity) }],
    ["step", { dtype: "I64", shape: [], data: BigInt64Array.of(-5n) }],
    ["empty", { dtype: "F32", shape: [0, 4], data: new Float32Array(0) }],
    ["ids", { dtype: "I32", shape: [2], data: Int32Array.of(1, -1) }],
  ]);

/** A file with a header of our own making, to damage at will. */
const forge = (header: unknown, data: Uint8Array): Uint8Array => {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
};

const outcome = (bytes: Uint8Array): "read" | "refused" | "another error" => {
  try {
    readSafetensors(bytes);
    return "read";
  } catch (error) {
    return error instanceof UserError ? "refused" : "another error";
  }
};

describe("writeSafetensors", () => {
  it("is read back bit for bit, with its metadata", () => {
    const { tensors, metadata } = readSafetensors(writeSafetensors(sample(), { metadata: { step: "12" } }));
    expect(Object.fromEntries(tensors)).toEqual(Object.fromEntries(sample()));
    expect(metadata).toEqual({ step: "12" });
  });

  it("aligns every tensor, so that reading copies nothing", () => {
    const bytes = writeSafetensors(sample());
    for (const { data } of readSafetensors(bytes).tensors.values()) expect(data.buffer).toBe(bytes.buffer);
  });

  it("gives the same bytes for the same tensors", () => {
    expect(writeSafetensors(sample())).toEqual(writeSafetensors(sample()));
  });

  it("refuses a shape that does not fit", () => {
    expect(() => writeSafetensors(new Map([["w", { dtype: "F32", shape: [3], data: new Float32Array(2) }]]))).toThrow('tensor "w": shape [3] needs 3 elements, got 2');
    expect(() => writeSafetensors(new Map([["w", { dtype: "F32", shape: [2], data: new Int32Array(2) }]]))).toThrow("F32 needs Float32Array, got Int32Array");
  });
});

describe("readSafetensors", () => {
  it("reads from the middle of a larger buffer at any alignment", () => {
    const bytes = writeSafetensors(sample());
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(readSafetensors(shifted.subarray(3)).tensors.get("actor/l1/w")).toEqual(sample().get("actor/l1/w"));
  });

  it.each([
    ["a short file", Uint8Array.of(1, 2), "got a file of 2 bytes"],
    ["a header longer than the file", forge("{}", new Uint8Array(0)).subarray(0, 9), "a header of 2 bytes is announced, got 1"],
    ["a header that is not JSON", forge("{oops", new Uint8Array(0)), "header of JSON"],
    ["an unknown dtype", forge({ w: { dtype: "F7", shape: [1], data_offsets: [0, 4] } }, new Uint8Array(4)), 'tensor "w" must be one of F64'],
    ["a negative size", forge({ w: { dtype: "F32", shape: [-1], data_offsets: [0, 4] } }, new Uint8Array(4)), "whole numbers"],
    ["offsets that do not fit the shape", forge({ w: { dtype: "F32", shape: [2], data_offsets: [0, 4] } }, new Uint8Array(4)), 'tensor "w" of F32 [2] needs 8 bytes, got 4'],
    ["a cut file", forge({ w: { dtype: "F32", shape: [1], data_offsets: [0, 4] } }, new Uint8Array(3)), "cut off?"],
    ["a gap", forge({ w: { dtype: "F32", shape: [1], data_offsets: [4, 8] } }, new Uint8Array(8)), "must begin at byte 0"],
    ["bytes left over", forge({ w: { dtype: "F32", shape: [1], data_offsets: [0, 4] } }, new Uint8Array(9)), "are announced"],
    ["metadata that is no text", forge({ __metadata__: { a: 1 } }, new Uint8Array(0)), "__metadata__ must hold texts"],
  ])("names what is wrong with %s", (_, bytes, message) => {
    expect(() => readSafetensors(bytes, { name: "checkpoint" })).toThrow(message);
    expect(() => readSafetensors(bytes, { name: "checkpoint" })).toThrow('Cannot read "checkpoint"');
  });

  it("never fails otherwise than by its own error, whatever the bytes", () => {
    const damaged = fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (noise, at) => {
      const bytes = writeSafetensors(sample());
      const begin = at % bytes.length;
      bytes.set(noise.subarray(0, bytes.length - begin), begin);
      return outcome(bytes) !== "another error";
    });
    expect(fc.check(damaged).failed).toBe(false);
  });
});

describe("tensorToFloat32", () => {
  it("widens half and brain floats", () => {
    expect(tensorToFloat32({ dtype: "F16", shape: [4], data: Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00) })).toEqual(Float32Array.of(1, -2, 2 ** -24, Infinity));
    expect(tensorToFloat32({ dtype: "BF16", shape: [2], data: Uint16Array.of(0x3f80, 0xc040) })).toEqual(Float32Array.of(1, -3));
  });

  it("refuses integers", () => {
    expect(() => tensorToFloat32({ dtype: "I32", shape: [1], data: Int32Array.of(1) })).toThrow("I32");
  });
});
