import { describe, expect, it } from "vitest";
import { Rng } from "../../util/index.js";
import { cosine, meanOf } from "./similarity.js";
import { applyTextScaling, fitTextScaling } from "./text-scaling.js";

const rng = new Rng(2);
const vectors = Array.from({ length: 12 }, () => rng.fillNormal(new Float32Array(5)).map((x, i) => 7 + x * (i + 1)));

describe("text scaling", () => {
  it("centres the training texts and brings them to one size", () => {
    const scaling = fitTextScaling(vectors);
    const scaled = vectors.map((vector) => applyTextScaling(vector, scaling));
    for (const value of meanOf(scaled)) expect(value).toBeCloseTo(0, 6);
    expect(Math.sqrt(scaled.flatMap((x) => Array.from(x, (y) => y * y)).reduce((a, b) => a + b) / 60)).toBeCloseTo(0.25, 5);
  });

  it("leaves angles between centred vectors alone", () => {
    const scaling = fitTextScaling(vectors, { deviation: 3 });
    const [a, b] = vectors as [Float32Array, Float32Array];
    const centre = (x: Float32Array): Float32Array => x.map((y, i) => y - (scaling.mean[i] as number));
    expect(cosine(applyTextScaling(a, scaling), applyTextScaling(b, scaling))).toBeCloseTo(cosine(centre(a), centre(b)), 6);
  });

  it("survives JSON, as a run stores it", () => {
    const scaling = fitTextScaling(vectors);
    expect(JSON.parse(JSON.stringify(scaling))).toEqual(scaling);
  });

  it("gives zeros where all texts are equal", () => {
    const same = Float32Array.of(1, 2);
    expect(applyTextScaling(same, fitTextScaling([same, same]))).toEqual(Float32Array.of(0, 0));
  });

  it("refuses nothing, NaN, and vectors of another encoder", () => {
    expect(() => fitTextScaling([])).toThrow("got none");
    expect(() => fitTextScaling([Float32Array.of(NaN)])).toThrow("finite");
    expect(() => applyTextScaling(new Float32Array(3), { mean: [0, 0], scale: 1 })).toThrow("2 numbers are required, got 3");
  });
});
