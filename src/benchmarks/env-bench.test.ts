import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../util/index.js";
import { benchEnvs } from "./env-bench.js";
import { expertSuccess } from "./expert-success.js";

describe("the benchmark of the simulator", () => {
  it("plays one episode on every side and gives speeds and ratios", async () => {
    const { tasks, median, ratios } = await benchEnvs({ tasks: ["drawer-close"], steps: 5, rounds: 1, sides: ["ours", "physics", "wasm"] });
    expect(tasks.map(({ task }) => task)).toEqual(["drawer-close"]);
    expect(median.ours).toBe(tasks[0]?.ours);
    expect(median.python).toBeNull();
    expect(ratios.median.oursOverPhysics).toBeCloseTo((median.ours ?? NaN) / (median.physics ?? NaN), 12);
    expect(ratios.least.wasmOverPython).toBeNull();
  });
});

describe("the experts beside Python's", () => {
  const reference = join(projectRoot(), "test", "golden", "expert_success.json");

  it("reach the same goals at the same steps", async () => {
    const { rows, failures } = await expertSuccess({ tasks: ["drawer-close", "sweep-into"], reference });
    expect(rows.map(({ task, success, python, sameStep }) => [task, success === python, sameStep])).toEqual([["drawer-close", true, 20], ["sweep-into", true, 20]]);
    expect(failures).toEqual([]);
  });

  it("say what a reference lacks", async () => {
    await expect(expertSuccess({ tasks: ["reach"], reference: join(projectRoot(), "package.json") })).rejects.toThrow(/goals of "reach" are required/);
  });
});
