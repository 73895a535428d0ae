import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MetaworldEnv, createMetaworldEnv, drawGoals, expertAction, maxSteps, metaworldTasks, ml45Test, ml45Train, taskNames } from "../index.js";

const task = "drawer-open";
const still = [0, 0, 0, 0];
const goal = (name: string): Float64Array => drawGoals(name, { seed: 0, count: 1 })[0] as Float64Array;

describe("the table of tasks", () => {
  it("holds the 5 test tasks and the 45 training tasks of ML45, each once, by the alphabet", () => {
    expect(new Set(taskNames).size).toBe(taskNames.length);
    expect(ml45Test.every((name) => taskNames.includes(name))).toBe(true);
    expect([ml45Train.length, ml45Test.length]).toEqual([45, 5]);
    expect(taskNames.map((name) => name.replaceAll("-", " "))).toEqual(taskNames.map((name) => name.replaceAll("-", " ")).sort());
    expect([...ml45Train, ...ml45Test].sort()).toEqual([...taskNames].sort());
  });

  it.each(metaworldTasks)("has boxes in order, of one length: $name", ({ resetBox, goalBox = resetBox }) => {
    for (const { low, high } of [resetBox, goalBox]) {
      expect(low.length).toBe(high.length);
      low.forEach((bound, i) => expect(bound).toBeLessThanOrEqual(high[i] as number));
    }
  });
});

describe("drawGoals", () => {
  it.each(metaworldTasks)("draws different vectors within the task's box, by its own rule: $name", ({ name, resetBox, accepts }) => {
    const goals = drawGoals(name, { seed: 7, count: 50 });
    expect(new Set(goals.map((v) => v.join())).size).toBe(50);
    for (const v of goals) {
      expect(v.every((value, i) => value >= (resetBox.low[i] as number) && value <= (resetBox.high[i] as number))).toBe(true);
      expect(accepts?.([...v]) ?? true).toBe(true);
    }
  });

  it("depends on seed and task, not on the count", () => {
    const few = drawGoals(task, { seed: 3, count: 2 });
    expect(drawGoals(task, { seed: 3, count: 10 }).slice(0, 2)).toEqual(few);
    expect(drawGoals(task, { seed: 4, count: 2 })).not.toEqual(few);
    expect(() => drawGoals(task, { seed: 0, count: -1 })).toThrow(/whole number/);
  });
});

describe("an environment", () => {
  let env: MetaworldEnv;
  beforeAll(async () => {
    env = await createMetaworldEnv(task);
  });
  afterAll(() => env.close());

  it("names the nearest task for an unknown one", async () => {
    await expect(createMetaworldEnv("drawer-opne")).rejects.toThrow(/Did you mean "drawer-open"\?/);
    expect(() => expertAction("fly", new Float64Array(39))).toThrow(/Cannot find task "fly"/);
  });

  it("needs a reset, and refuses another task's random vector", async () => {
    const fresh = await createMetaworldEnv("reach");
    expect(() => fresh.step(still)).toThrow(/reset required first/);
    fresh.close();
    expect(() => env.reset(goal("reach"))).toThrow(/3 numbers required, got 6/);
    expect(() => env.reset([0.3, 0.9, 0])).toThrow(/number 0 of the random vector must lie in \[-0\.1, 0\.1\], got 0\.3/);
    expect(() => env.reset([NaN, 0.9, 0])).toThrow(/must lie in/);
  });

  it("refuses actions of another length or that are not finite, and leaves the state alone", () => {
    env.reset(goal(task));
    const before = [...env.simulation.qpos];
    expect(() => env.step([0, 0, 0])).toThrow(/4 numbers required, got 3/);
    expect(() => env.step([0, NaN, 0, 0])).toThrow(/finite numbers required/);
    expect(() => env.step([Infinity, 0, 0, 0])).toThrow(/finite numbers required/);
    expect([...env.simulation.qpos]).toEqual(before);
  });

  it("ends after 500 steps and starts again with a reset", () => {
    const first = env.reset(goal(task));
    let truncated = 0;
    for (let i = 0; i < maxSteps; i++) truncated += Number(env.step(still).truncated);
    expect(truncated).toBe(1);
    expect(() => env.step(still)).toThrow(/500 steps/);
    expect(env.reset(goal(task))).toEqual(first);
    expect(env.step(still).truncated).toBe(false);
  });

  it("gives the same episode again, whatever was played before", () => {
    const play = (): number[] => {
      let observation = env.reset(goal(task));
      const rewards: number[] = [];
      for (let i = 0; i < 120; i++) {
        const result = env.step(expertAction(task, observation));
        observation = result.observation;
        rewards.push(result.reward);
      }
      return rewards;
    };
    const first = play();
    env.reset(drawGoals(task, { seed: 9, count: 1 })[0] as Float64Array);
    env.step([1, 1, -1, 1]);
    expect(play()).toEqual(first);
    expect(Math.max(...first)).toBeGreaterThan(9);
  });

  it("returns observations of its own, in float32 of the action", () => {
    const observation = env.reset(goal(task));
    const copy = observation.slice();
    const a = env.step([0.1, 0.2, 0.3, 0.4]).observation;
    expect(observation).toEqual(copy);
    env.reset(goal(task));
    expect(env.step([0.1, 0.2, 0.3, 0.4].map(Math.fround)).observation).toEqual(a);
    expect(a.slice(18, 36)).toEqual(copy.slice(0, 18));
  });

  it("hides the goal on request, and nothing else", async () => {
    const hidden = await createMetaworldEnv(task, { goalVisible: false });
    const seen = env.reset(goal(task));
    const unseen = hidden.reset(goal(task));
    expect(unseen.slice(36)).toEqual(new Float64Array(3));
    expect(unseen.slice(0, 36)).toEqual(seen.slice(0, 36));
    expect(hidden.step(still).observation.slice(36)).toEqual(new Float64Array(3));
    expect(hidden.step(still).reward).toBeGreaterThan(0);
    hidden.close();
    expect(() => hidden.reset(goal(task))).toThrow(/disposed|Cannot/);
  });
});

describe("scripted experts", () => {
  it.each(taskNames)("%s: succeeds, sees what it is given and changes nothing", async (name) => {
    const env = await createMetaworldEnv(name);
    let done = 0;
    for (const v of drawGoals(name, { seed: 1, count: 2 })) {
      let observation = env.reset(v);
      for (let i = 0; i < maxSteps; i++) {
        const copy = observation.slice();
        const action = expertAction(name, observation);
        expect(observation).toEqual(copy);
        const result = env.step(action);
        observation = result.observation;
        if (!result.success) continue;
        done++;
        break;
      }
    }
    env.close();
    expect(done).toBeGreaterThanOrEqual(1);
  });
});
