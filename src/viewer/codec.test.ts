import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeDeltas, decodeFaces, encodeDeltas, encodeFaces } from "./codec.js";

describe("deltas", () => {
  it("come back, also where neighbours lie far apart", () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: -32768, max: 32767 })), (values) => {
      expect([...decodeDeltas(encodeDeltas(values))]).toEqual(values);
    }));
  });

  it("come back without a sign", () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 65535 })), (values) => {
      expect([...decodeDeltas(encodeDeltas(values), { unsigned: true })]).toEqual(values);
    }));
  });
});

describe("faces", () => {
  it("come back where vertices are numbered in the order of their first use", () => {
    const ordered = fc.array(fc.nat({ max: 200 })).map((raw) => {
      const order = new Map<number, number>();
      return raw.map((name) => order.get(name) ?? (order.set(name, order.size), order.size - 1));
    });
    fc.assert(fc.property(ordered, (faces) => {
      expect([...decodeFaces(encodeFaces(faces))]).toEqual(faces);
    }));
  });
});
