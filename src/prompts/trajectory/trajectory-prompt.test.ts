import { describe, expect, it } from "vitest";
import { Rng } from "../../util/index.js";
import { choosePromptEpisode } from "./choose-prompt-episode.js";
import { spreadSteps, trajectoryPrompt, type PromptEpisode } from "./trajectory-prompt.js";

/** Observation t is (t, 100 + t), action t is (−t), reward t is 10 t. */
const episode = (steps: number): PromptEpisode => ({
  steps,
  observationDim: 2,
  actionDim: 1,
  observations: Float64Array.from({ length: (steps + 1) * 2 }, (_, i) => Math.floor(i / 2) + 100 * (i % 2)),
  actions: Float32Array.from({ length: steps }, (_, t) => -t),
  rewards: Float64Array.from({ length: steps }, (_, t) => 10 * t),
});
const halved = (rows: Float32Array | Float64Array): Float32Array => Float32Array.from(rows, (x) => x / 2);

describe("trajectoryPrompt", () => {
  it("lays [state, action, reward] of evenly spread steps row by row", () => {
    expect(trajectoryPrompt(episode(9), { steps: 3, normalise: halved })).toEqual(Float32Array.of(0, 50, -0, 0, 2, 52, -4, 4, 4, 54, -8, 8));
  });

  it("repeats steps of a short episode and always holds its first and last", () => {
    expect(spreadSteps(2, 5)).toEqual([0, 0, 0, 0, 1]);
    expect(spreadSteps(100, 24).at(0)).toBe(0);
    expect(spreadSteps(100, 24).at(-1)).toBe(99);
    expect(spreadSteps(1, 3)).toEqual([0, 0, 0]);
  });

  it("normalises only the steps that it shows", () => {
    const sizes: number[] = [];
    trajectoryPrompt(episode(50), { steps: 4, normalise: (rows) => (sizes.push(rows.length), halved(rows)) });
    expect(sizes).toEqual([8]);
  });

  it("refuses an empty episode and arrays that do not fit", () => {
    expect(() => trajectoryPrompt(episode(0), { steps: 3, normalise: halved })).toThrow("got an episode of 0");
    expect(() => trajectoryPrompt({ ...episode(4), rewards: new Float64Array(3) }, { steps: 3, normalise: halved })).toThrow("4 rewards are required, got 10, 4 and 3");
  });
});

describe("choosePromptEpisode", () => {
  const episodes = [
    { success: true, goal: [0, 1] },
    { success: false, goal: [5, 5] },
    { success: true, goal: [2, 3] },
    { success: true, goal: [4, 5] },
  ];
  const drawn = (promptGoal: "other" | "same", goal: number[]) => new Set(Array.from({ length: 40 }, (_, seed) => choosePromptEpisode(episodes, { rng: new Rng(seed), promptGoal, goal })));

  it("draws among successes at other goals", () => expect(drawn("other", [2, 3])).toEqual(new Set([episodes[0], episodes[3]])));
  it("draws the evaluated goal as an oracle", () => expect(drawn("same", [2, 3])).toEqual(new Set([episodes[2]])));
  it("draws the same for the same stream", () => {
    expect(choosePromptEpisode(episodes, { rng: new Rng(7) })).toBe(choosePromptEpisode(episodes, { rng: new Rng(7) }));
  });
  it("says when none qualifies", () => {
    expect(() => drawn("same", [5, 5])).toThrow("a successful episode at the evaluated goal is required, got 4 episodes, 3 of them successful");
    expect(() => choosePromptEpisode(episodes.slice(0, 1), { rng: new Rng(0), goal: [0, 1], task: "reach" })).toThrow('Cannot prompt "reach"');
    expect(() => choosePromptEpisode(episodes, { rng: new Rng(0), promptGoal: "same" })).toThrow("the evaluated goal is required");
  });
});
