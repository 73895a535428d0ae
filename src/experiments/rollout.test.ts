import { describe, expect, it } from "vitest";
import { createLlmdpd } from "../algorithms/index.js";
import { actionDim, drawGoals, observationDim } from "../envs/index.js";
import { Rng, UserError } from "../util/index.js";
import { expertAgent, randomAgent } from "./agents.js";
import { runConfig } from "./config.js";
import { policyAgent } from "./policy-agent.js";
import { rollout, type AgentMaker, type EpisodePlan } from "./rollout.js";

const plansOf = (task: string, count: number): EpisodePlan[] =>
  drawGoals(task, { seed: 5, count }).map((goal, episode) => ({ task, split: "unseen", episode, goal, goalSeed: 5 }));
const plans = [...plansOf("door-lock", 3), ...plansOf("drawer-close", 4)];

/** A small policy as it is initialised, prompted by text: its noise is the only thing that tells episodes apart. */
async function freshPolicy(all: readonly EpisodePlan[], candidates: number): Promise<AgentMaker> {
  const { algorithm } = runConfig({ algorithm: { hidden: 32, hiddenLayers: 2, textWidth: 8, textHidden: 16, useTrajectory: false } });
  const method = createLlmdpd({ config: algorithm, dims: { observation: observationDim, action: actionDim, text: 6 } });
  const text = (task: string): Float32Array => new Rng(1).fork(task).fillNormal(new Float32Array(6));
  return policyAgent({
    method, candidates, plans: all, seed: 3, device: "auto", state: method.initState(new Rng(0)),
    normaliser: { mean: Array.from({ length: observationDim }, () => 0), deviation: Array.from({ length: observationDim }, () => 1), rewardScale: 1, goalVisible: true },
    promptsOf: ({ task }) => ({ text: text(task) }),
  });
}

describe("rollout", () => {
  it("ends an episode at its first success or plays on, and counts steps from 1", async () => {
    const stopped = await rollout(plans, { agent: expertAgent(), maxSteps: 120, stopAtSuccess: true, workers: 1 });
    const whole = await rollout(plans, { agent: expertAgent(), maxSteps: 120, stopAtSuccess: false, workers: 2 });
    expect(stopped.map(({ plan }) => plan)).toEqual(plans);
    expect(whole.map(({ success, firstSuccess }) => [success, firstSuccess])).toEqual(stopped.map(({ success, firstSuccess }) => [success, firstSuccess]));
    expect(stopped.every(({ success, firstSuccess, steps }) => (success ? steps === firstSuccess : steps === 120))).toBe(true);
    expect(stopped.filter(({ success }) => success).length).toBeGreaterThan(3);
    expect(whole.every(({ steps }) => steps === 120)).toBe(true);
    expect(whole[6]?.return).toBeGreaterThan(stopped[6]?.return ?? NaN);
  });

  it.each([1, 3])("gives a policy's episodes the same bits however they are dealt out, with %i candidates", async (candidates) => {
    const play = async (some: readonly EpisodePlan[], workers: number): Promise<(readonly [number, number])[]> => {
      const outcomes = await rollout(some, { agent: await freshPolicy(some, candidates), maxSteps: 25, stopAtSuccess: false, workers });
      return outcomes.map(({ return: sum, firstSuccess }) => [sum, firstSuccess]);
    };
    const together = await play(plans, 1);
    expect(new Set(together.map(([sum]) => sum)).size).toBe(plans.length);
    expect(await play(plans, 2)).toEqual(together);
    expect(await play(plans.slice(2, 5).toReversed(), 1)).toEqual(together.slice(2, 5).toReversed());
  });

  it("gives random actions of their own to each episode, whoever plays beside it", async () => {
    const options = { agent: randomAgent(0), maxSteps: 10, stopAtSuccess: false };
    const all = await rollout(plans, { ...options, workers: 2 });
    const [alone] = await rollout(plans.slice(4, 5), { ...options, workers: 1 });
    expect(alone).toEqual(all[4]);
  });

  it("stops on a signal, and passes on what goes wrong in a thread", async () => {
    const stop = AbortSignal.abort();
    await expect(rollout(plans, { agent: expertAgent(), maxSteps: 10, stopAtSuccess: true, workers: 2, signal: stop })).rejects.toThrow(/Stopped/);
    const foreign = [...plans, { ...plans[0], goal: new Float64Array(6) } as EpisodePlan];
    await expect(rollout(foreign, { agent: expertAgent(), maxSteps: 10, stopAtSuccess: true, workers: 2 })).rejects.toThrow(UserError);
  });
});
