import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeDeltas, decodeFaces, encodeDeltas, encodeFaces } from "./codec.js";

describe("deltas", () => {
  it("come back, also where neighbours lie far apart", () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: -32768, max: 32767 })), (values) => {
      expect([...decodeDeltas(encodeDeltas(values))]).toEqual(values);
    }));
  });

  it("come back from far away where no step is too long", () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: -32768, max: 32767 })), (steps) => {
      let sum = 0;
      const values = steps.map((step) => (sum += step));
      expect([...decodeDeltas(encodeDeltas(values), { far: true })]).toEqual(values);
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
