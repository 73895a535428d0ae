import { describe, expect, it } from "vitest";
import { hashEncoder } from "./hash-encoder.js";
import { retrievalRow } from "./retrieval.js";
import { centred, cosine, meanOf, nearestByCosine, similarityMatrix } from "./similarity.js";
import type { TextEncoder } from "./encoder.js";

const v = (...values: number[]): Float32Array => Float32Array.from(values);

describe("cosine", () => {
  it("is that of the angle, whatever the lengths", () => {
    expect(cosine(v(1, 0), v(5, 5))).toBeCloseTo(Math.SQRT1_2, 12);
    expect(cosine(v(1, 2), v(-2, -4))).toBeCloseTo(-1, 12);
    expect(cosine(v(0, 0), v(1, 0))).toBe(0);
  });
  it("refuses vectors of different lengths", () => expect(() => cosine(v(1), v(1, 2))).toThrow("got 1 and 2"));
});

describe("similarityMatrix", () => {
  it("is symmetric with ones on the diagonal, centred or not", () => {
    const vectors = [v(1, 2), v(3, 1), v(0, 5)];
    for (const centre of [true, false]) {
      const rows = similarityMatrix(vectors, { centre });
      rows.forEach((row, i) => row.forEach((value, j) => expect(value).toBeCloseTo(i === j ? 1 : (rows[j]?.[i] ?? NaN), 6)));
    }
  });
  it("centres: two vectors are then opposite", () => expect(similarityMatrix([v(10, 1), v(10, 2)])[0]?.[1]).toBeCloseTo(-1, 6));
});

describe("centred", () => {
  it("takes the mean off", () => expect(meanOf(centred([v(1, 2), v(3, 4)]))).toEqual(v(0, 0)));
});

describe("retrieval", () => {
  it("finds the nearest by angle", () => expect(nearestByCosine([v(0, 9), v(1, 0.1)], [v(1, 0), v(0, 1)])).toEqual([1, 0]));

  it("counts paraphrases whose nearest description is their own, raw and centred", async () => {
    // A shared part as large as the rest drowns the difference unless it is taken off.
    const codes: Record<string, Float32Array> = { up: v(9, 1, 0), down: v(9, 0, 1), "to the sky": v(2, 1, 0), "to the floor": v(40, 0, 0.1) };
    const encoder: TextEncoder = { ...hashEncoder({ dim: 3 }), encode: (texts) => Promise.resolve(texts.map((text) => codes[text] as Float32Array)) };
    const prompts = new Map([
      ["lift", { description: "up", paraphrases: ["to the sky"] }],
      ["drop", { description: "down", paraphrases: ["to the floor"] }],
    ]);
    expect(await retrievalRow(encoder, { prompts })).toMatchObject({ tasks: 2, queries: 2, rawTop1: 1, centredTop1: 1 });
    codes["to the floor"] = v(9, 0.6, 0.5);
    expect(await retrievalRow(encoder, { prompts })).toMatchObject({ rawTop1: 0.5, centredTop1: 0.5 });
  });
});

describe("hashEncoder", () => {
  it("sees words and their parts, and nothing else", async () => {
    const [a, same, near, far] = (await hashEncoder().encode(["open the door", "The door: OPEN", "opening doors", "lift a cube"])) as [Float32Array, Float32Array, Float32Array, Float32Array];
    expect(cosine(a, same)).toBeCloseTo(1, 6);
    expect(cosine(a, near)).toBeGreaterThan(cosine(a, far) + 0.1);
    expect(Math.hypot(...a)).toBeCloseTo(1, 6);
  });
  it("gives zeros for an empty text", async () => expect((await hashEncoder({ dim: 4 }).encode([""]))[0]).toEqual(v(0, 0, 0, 0)));
});
