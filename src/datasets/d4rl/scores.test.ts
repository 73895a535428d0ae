import { describe, expect, it } from "vitest";
import { locomotionIds } from "./catalog.js";
import { diffusionQlSettings } from "./hyperparameters.js";
import { publishedMethods, publishedResult, publishedResults } from "./published.js";
import { iqlRewardScale, normalizedScore, referenceReturns } from "./scores.js";

describe("scores", () => {
  it.each(Object.entries(referenceReturns))("of %s: random is 0, the expert 100", (robot, { random, expert }) => {
    expect(normalizedScore(robot, random)).toBe(0);
    expect(normalizedScore(robot, expert)).toBe(100);
    expect(normalizedScore(robot, (random + expert) / 2)).toBeCloseTo(50, 10);
  });

  it.each([["hopper", 1000, 31.349], ["halfcheetah", 1000, 10.311], ["walker2d", 1000, 21.748]])("of %s: a return of %d is %d", (robot, episodeReturn, score) => expect(normalizedScore(robot, episodeReturn)).toBeCloseTo(score, 3));

  it("refuse unknown robots", () => expect(() => normalizedScore("ant", 1)).toThrow(/robot "ant".*Known: hopper, halfcheetah, walker2d/));

  it("IQL's scale spreads the returns of trajectories over 1000", () => {
    const rewards = Float32Array.of(1, 2, 3, 10, 10, -4);
    const starts = Int32Array.of(0, 3, 5, 6);
    expect(iqlRewardScale({ rewards, starts })).toBeCloseTo(1000 / (20 - -4), 12);
    expect(() => iqlRewardScale({ rewards, starts: Int32Array.of(0, 3) })).toThrow(/two different returns required/);
  });
});

describe("published results", () => {
  it("have the means that papers print beside them, and a source in every cell", () => {
    const mean = (method: string, kind: string): string => {
      const cells = publishedResults.filter((cell) => cell.method === method && (cell.source.kind === "re-run" && cell.source.name.startsWith("CORL") ? "corl" : "") === kind);
      expect(cells.map(({ dataset }) => dataset)).toEqual(locomotionIds);
      return (cells.reduce((sum, { score }) => sum + score, 0) / 9).toFixed(1);
    };
    expect(["BC", "TD3+BC", "CQL", "IQL", "DT", "Diffuser", "IDQL", "EDP", "Diffusion-QL"].map((method) => mean(method, ""))).toEqual(["51.9", "75.3", "77.6", "77.0", "74.7", "77.5", "84.1", "82.4", "87.9"]);
    expect(["BC", "TD3+BC", "CQL", "IQL", "DT"].map((method) => mean(method, "corl"))).toEqual(["50.4", "76.4", "78.3", "81.6", "73.8"]);
    for (const { source } of publishedResults) expect(source.name.length * source.where.length).toBeGreaterThan(0);
    expect(publishedMethods).toEqual(["BC", "TD3+BC", "CQL", "IQL", "DT", "Diffuser", "IDQL", "EDP", "Diffusion-QL"]);
  });

  it("are found by data set and method, and are undefined where none is known", () => {
    expect(publishedResult("hopper-medium-v2", "Diffusion-QL")).toMatchObject({ score: 90.5, spread: 4.6, source: { kind: "quoted" } });
    expect(publishedResult("walker2d-medium-replay-v2", "BC")).toMatchObject({ score: 26, source: { kind: "quoted" } });
    expect(publishedResult("hopper-random-v2", "BC")).toBeUndefined();
  });
});

it("Diffusion-QL's settings cover the nine data sets, once each", () => {
  expect(diffusionQlSettings.map(({ dataset }) => dataset).sort()).toEqual([...locomotionIds].sort());
  const kinds = ["medium", "medium-replay", "medium-expert"];
  const settings = ["hopper", "halfcheetah", "walker2d"].map((robot) => kinds.map((kind) => diffusionQlSettings.find(({ dataset }) => dataset === `${robot}-${kind}-v2`)));
  expect(settings.map((row) => row.map((each) => each?.gradientNorm))).toEqual([[9, 4, 5], [9, 2, 7], [1, 4, 5]]);
  expect(settings.map((row) => row.map((each) => each?.topK))).toEqual([[2, 2, 2], [1, 0, 0], [1, 1, 1]]);
  expect(diffusionQlSettings.find(({ dataset }) => dataset === "halfcheetah-medium-expert-v2")).toMatchObject({ gradientNorm: 7, eta: 1, actorLearningRate: 3e-4 });
});
