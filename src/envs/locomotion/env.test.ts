import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Rng } from "../../util/index.js";
import { type LocomotionEnv, createLocomotionEnv } from "./env.js";
import { locomotionRobots } from "./robots.js";

describe.each(locomotionRobots)("$name", (robot) => {
  let env: LocomotionEnv;
  const still = Array.from({ length: robot.actionDim }, () => 0);
  beforeAll(async () => {
    env = await createLocomotionEnv(robot.name);
  });
  afterAll(() => env.close());

  it("has the shapes of its scene", () => {
    const { nq, nv, nu } = env.simulation;
    expect([env.observationDim, env.actionDim, env.version, env.maxSteps]).toEqual([nq + nv - 1, nu, "v2", 1000]);
    expect(env.reset(new Rng(0))).toHaveLength(env.observationDim);
    expect(env.simulation.qpos0[1]).toBe(robot.startHeight);
  });

  it("resets within its noise, by the generator alone", () => {
    const starts = Array.from({ length: 200 }, (_, seed) => (env.reset(new Rng(seed)), [...env.simulation.qpos].map((value, i) => value - env.simulation.qpos0[i]!)));
    const largest = Math.max(...starts.flat().map(Math.abs));
    expect(largest).toBeLessThanOrEqual(robot.resetNoise);
    expect(largest).toBeGreaterThan(0.95 * robot.resetNoise);
    env.step(still);
    expect(env.reset(new Rng(3))).toEqual(env.reset(new Rng(3)));
    expect(env.reset(new Rng(3))).not.toEqual(env.reset(new Rng(4)));
    const velocities = Array.from({ length: 200 }, (_, seed) => (env.reset(new Rng(seed)), [...env.simulation.qvel])).flat();
    const variance = velocities.reduce((sum, value) => sum + value ** 2, 0) / velocities.length;
    expect(Math.sqrt(variance) / robot.resetNoise).toBeCloseTo(robot.resetVelocity === "normal" ? 1 : 1 / Math.sqrt(3), 1);
  });

  it("puts a state back so that its observation and the next step are the same", () => {
    env.reset(new Rng(1));
    for (let i = 0; i < 5; i++) env.step(still.map((_, j) => Math.sin(i + j)));
    const { simulation } = env;
    const state = { qpos: simulation.qpos.slice(), qvel: simulation.qvel.slice(), qaccWarmstart: simulation.qaccWarmstart.slice(), ctrl: simulation.ctrl.slice(), time: simulation.time };
    const next = env.step(still);
    env.reset(new Rng(2));
    const observation = env.setState({ ...state, step: 5 });
    expect([...observation]).toEqual([...state.qpos.slice(1), ...state.qvel].map((value, i) => (i < state.qpos.length - 1 ? value : Math.max(-robot.velocityLimit, Math.min(robot.velocityLimit, value)))));
    expect(env.step(still)).toEqual(next);
  });

  it("cuts an episode off at step 1000, which is no termination, and needs a reset then", () => {
    env.reset({ qpos: env.simulation.qpos0, qvel: new Float64Array(env.simulation.nv) });
    env.setState({ qpos: env.simulation.qpos0.slice(), qvel: new Float64Array(env.simulation.nv), step: 998 });
    expect(env.step(still)).toMatchObject({ terminated: false, truncated: false });
    expect(env.step(still)).toMatchObject({ terminated: false, truncated: true });
    expect(() => env.step(still)).toThrow(/episode ended after 1000 steps\. Call reset/);
    env.reset(new Rng(0));
    expect(env.step(still).truncated).toBe(false);
  });

  it("clips actions in v2, and not in v5, where the reward pays for all of them", async () => {
    const big = still.map(() => 3);
    const v5 = await createLocomotionEnv(robot.name, { version: "v5" });
    const rewards = [env, v5].map((each) => [big, still.map(() => 1)].map((action) => (each.reset({ qpos: env.simulation.qpos0.slice(), qvel: new Float64Array(env.simulation.nv) }), each.step(action).reward)));
    v5.close();
    expect(rewards[0]![0]).toBe(rewards[0]![1]);
    // The motors themselves are limited in the scene: only the cost differs.
    expect(rewards[1]![1]! - rewards[1]![0]!).toBeCloseTo(robot.controlCost * robot.actionDim * (9 - 1), 12);
  });

  it("refuses what does not fit, and leaves the state alone", async () => {
    const fresh = await createLocomotionEnv(robot.name);
    expect(() => fresh.step(still)).toThrow(/reset required first/);
    fresh.close();
    env.reset(new Rng(0));
    const before = [...env.simulation.qpos];
    expect(() => env.step([...still, 0])).toThrow(`an action of ${robot.actionDim} numbers required, got ${robot.actionDim + 1}`);
    expect(() => env.step(still.map(() => NaN))).toThrow(/finite numbers required/);
    expect(() => env.setState({ qpos: [0, 1], qvel: still })).toThrow(/qpos of \d numbers required, got 2\. Is it another robot's\?/);
    expect(() => env.setState({ qpos: before, qvel: before.map(() => Infinity) })).toThrow(/qvel\[0\] = Infinity/);
    expect([...env.simulation.qpos]).toEqual(before);
  });
});

it("ends an episode when the robot falls, with the bonus until v4 and without it in v5", async () => {
  for (const robot of ["hopper", "walker2d"]) {
    const [bonuses, lengths]: [number[], number[]] = [[], []];
    for (const version of ["v2", "v4", "v5"] as const) {
      const env = await createLocomotionEnv(robot, { version });
      env.reset(new Rng(0));
      const action = Array.from({ length: env.actionDim }, (_, i) => (i % 2 === 0 ? 1 : -1));
      let [steps, x, result] = [1, env.simulation.qpos[0]!, env.step(action)];
      for (; !result.terminated; steps++) [x, result] = [env.simulation.qpos[0]!, env.step(action)];
      bonuses.push(Math.round(result.reward - (env.simulation.qpos[0]! - x) / 0.008 + 1e-3 * env.actionDim) + 0);
      lengths.push(steps);
      expect(() => env.step(action)).toThrow(/episode ended/);
      env.close();
    }
    expect(bonuses).toEqual([1, 1, 0]);
    expect(lengths[0]).toBe(lengths[1]);
  }
});

it("names the nearest robot and the known versions", async () => {
  await expect(createLocomotionEnv("hoper")).rejects.toThrow(/Did you mean "hopper"\? Known: hopper, halfcheetah, walker2d/);
  await expect(createLocomotionEnv("hopper", { version: "v3" as "v2" })).rejects.toThrow(/version of the locomotion environments "v3".*Known: v2, v4, v5/);
});
