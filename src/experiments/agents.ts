import { actionDim, expertAction, observationDim } from "../envs/index.js";
import { Rng } from "../util/index.js";
import type { Agent, AgentMaker } from "./rollout.js";

/** Uniform actions, seeded by task, episode and step. */
export function randomAgent(seed: number): AgentMaker {
  return (lanes): Agent => {
    const streams: Rng[] = [];
    return {
      begin: (lane, plan) => {
        streams[lane] = new Rng(seed).fork("random-agent", plan.task, plan.episode);
      },
      act: () => Float32Array.from({ length: lanes * actionDim }, (_, i) => streams[Math.floor(i / actionDim)]?.uniformIn(-1, 1) ?? 0),
    };
  };
}

/** Meta-World's scripted experts, without noise. */
export function expertAgent(): AgentMaker {
  return (lanes): Agent => {
    const tasks: string[] = [];
    return {
      begin: (lane, plan) => {
        tasks[lane] = plan.task;
      },
      act: (observations) => {
        const actions = new Float32Array(lanes * actionDim);
        tasks.forEach((task, lane) => actions.set(expertAction(task, observations.subarray(lane * observationDim, (lane + 1) * observationDim)), lane * actionDim));
        return actions;
      },
    };
  };
}
