import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MetaworldEnv, createMetaworldEnv, drawGoals, expertAction, taskNames } from "../../envs/index.js";
import { collectEpisode, goalReaders } from "./collect.js";
import { presetBehaviour, presetNames, presets } from "./presets.js";

describe("mixtures", () => {
  test.each(presetNames)("%s: its shares are twenty, and every twenty episodes hold exactly them", (preset) => {
    const { shares } = presets[preset];
    expect(shares.reduce((sum, { ofTwenty }) => sum + ofTwenty, 0)).toBe(20);
    const draw = (first: number): string[] => Array.from({ length: 20 }, (_, i) => JSON.stringify(presetBehaviour(preset, { seed: 1, task: "reach", index: first + i })));
    const wanted = shares.flatMap(({ behaviour, noise, ofTwenty }) => Array.from({ length: ofTwenty }, () => JSON.stringify({ behaviour, noise })));
    expect(draw(0).sort()).toEqual(wanted.sort());
    expect(draw(40).sort()).toEqual(wanted.sort());
  });

  test("the order differs from twenty to twenty, and by seed and task", () => {
    const orders = [[0, 1, "reach"], [20, 1, "reach"], [0, 2, "reach"], [0, 1, "push"]] as const;
    const texts = orders.map(([first, seed, task]) => JSON.stringify(Array.from({ length: 20 }, (_, i) => presetBehaviour("mixed", { seed, task, index: first + i }))));
    expect(new Set(texts).size).toBe(4);
  });
});

describe("behaviours", () => {
  let env: MetaworldEnv;
  const goals = drawGoals("reach", { seed: 0, count: 20 });
  const collect = (index: number) => collectEpisode(env, { index, goal: goals[index] as Float64Array, seed: 0, noise: [0], preset: "mixed", maxSteps: 120, stepsPastSuccess: 5 });
  const indexOf = (behaviour: string): number => goals.findIndex((_, index) => presetBehaviour("mixed", { seed: 0, task: "reach", index }).behaviour === behaviour);
  beforeAll(async () => {
    env = await createMetaworldEnv("reach");
  });
  afterAll(() => env.close());

  test("the expert succeeds, random actions do not, and are uniform", () => {
    expect(collect(indexOf("expert"))).toMatchObject({ behaviour: "expert", noise: 0, success: true });
    const random = collect(indexOf("random"));
    expect(random).toMatchObject({ behaviour: "random", noise: 0, success: false, steps: 120 });
    expect(random.actions.reduce((sum, value) => sum + value * value, 0) / random.actions.length).toBeCloseTo(1 / 3, 1);
  });

  test("an expert at the wrong goal goes there, sees its own goal in what is recorded, and comes out the same after other episodes", () => {
    const index = indexOf("wrong-goal");
    const wrong = collect(index);
    expect(wrong).toMatchObject({ behaviour: "wrong-goal", noise: 0, success: false });
    const pursued = wrong.pursued as Float64Array;
    const hand = wrong.observations.slice(wrong.steps * 39, wrong.steps * 39 + 3);
    const distance = (to: ArrayLike<number>): number => Math.hypot(...hand.map((value, i) => value - (to[i] as number)));
    expect(distance(pursued.slice(3))).toBeLessThan(0.03);
    expect(wrong.observations.slice(36, 39)).toEqual(goals[index]?.slice(3));
    expect(distance(wrong.observations.slice(36, 39))).toBeGreaterThan(0.1);
    collect(indexOf("expert"));
    expect(collect(index)).toEqual(wrong);
  });
});

test("goalReaders names the experts whose action a moved goal changes", async () => {
  for (const task of ["coffee-push", "stick-push", "door-close", "door-open", "drawer-open", "hammer"]) {
    expect(taskNames).toContain(task);
    const env = await createMetaworldEnv(task);
    const [goal] = drawGoals(task, { seed: 0, count: 1 });
    const { observations, steps } = collectEpisode(env, { index: 0, goal: goal as Float64Array, seed: 0, noise: [0], maxSteps: 500, stepsPastSuccess: 0 });
    env.close();
    const reads = Array.from({ length: steps }, (_, t) => observations.slice(t * 39, (t + 1) * 39)).some((observation) => {
      const moved = observation.map((value, i) => (i >= 36 ? value + 0.1 : value));
      return expertAction(task, observation).join() !== expertAction(task, moved).join();
    });
    expect([task, reads]).toEqual([task, goalReaders.includes(task)]);
  }
});
