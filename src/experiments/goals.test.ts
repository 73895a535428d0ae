import { describe, expect, it } from "vitest";
import { drawGoals } from "../envs/index.js";
import { runConfig } from "./config.js";
import { assertNewGoals, evaluationGoalSeed, planEpisodes, promptGoalSeed } from "./goals.js";

const config = runConfig({ data: { trainTasks: ["drawer-open", "drawer-close"], testTasks: ["door-lock"] }, evaluate: { episodes: 3 } });

describe("the goals of an evaluation", () => {
  const plans = planEpisodes(config);

  it("are the same for every variant: seen and unseen tasks, numbered", () => {
    expect(plans).toHaveLength(9);
    expect(plans.filter(({ split }) => split === "unseen").map(({ task, episode }) => [task, episode])).toEqual([["door-lock", 0], ["door-lock", 1], ["door-lock", 2]]);
    expect(planEpisodes(config)).toEqual(plans);
  });

  it("come from seeds that neither training data nor prompts use", () => {
    const seeds = [config.data.seed, promptGoalSeed(config), evaluationGoalSeed(config)];
    expect(new Set(seeds).size).toBe(3);
    const known = (seed: number): { task: string; goal: Float64Array }[] => drawGoals("drawer-open", { seed, count: 50 }).map((goal) => ({ task: "drawer-open", goal }));
    expect(() => assertNewGoals(plans, [...known(config.data.seed), ...known(promptGoalSeed(config))])).not.toThrow();
    expect(() => assertNewGoals(plans, known(evaluationGoalSeed(config)))).toThrow(/Cannot evaluate on "drawer-open"/);
  });
});
