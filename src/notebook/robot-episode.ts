import { existsSync } from "node:fs";
import type { RobotName } from "../envs/index.js";
import { behaviourAgent, behaviourPolicies, runAgent, type BehaviourAgent, type BehaviourPolicyName } from "../experiments/index.js";
import { oneOf } from "../util/index.js";
import { recordLocomotion, type LocomotionReplayOptions, type Replay, type RobotPolicy } from "../viewer/index.js";

export interface RobotEpisodeOptions extends Omit<LocomotionReplayOptions, "policy"> {
  /** A policy that comes with the repository, random actions, the folder of a run, or one of your own. Default "expert". */
  readonly policy?: BehaviourPolicyName | RobotPolicy | (string & {});
}

/**
 * Plays one episode of a robot and records it for the viewer, with D4RL's score among its facts.
 *
 * @throws UserError for an unknown robot or policy, a run of other data, or with the training command if the policy is not there
 * @example await recordRobot("hopper", { policy: "data/runs/locomotion-small/full-seed0" });
 */
export async function recordRobot(robot: RobotName, { policy = "expert", ...options }: RobotEpisodeOptions = {}): Promise<Replay> {
  const { seed = 0 } = options;
  const agent = await agentOf(robot, { policy: typeof policy === "string" ? policy : "random", seed });
  try {
    return await recordLocomotion(robot, { score: agent.score, ...options, policy: typeof policy === "string" ? agent : policy });
  } finally {
    agent.dispose();
  }
}

/** A policy by name, or the folder of a run. */
async function agentOf(robot: RobotName, { policy, seed }: { policy: string; seed: number }): Promise<BehaviourAgent> {
  const named = behaviourPolicies.find((name) => name === policy);
  if (named === undefined && existsSync(policy)) return await runAgent(policy, { robot, seed });
  return await behaviourAgent(robot, { policy: named ?? oneOf(policy, behaviourPolicies, { what: `policy or run of ${robot}:` }), seed });
}
