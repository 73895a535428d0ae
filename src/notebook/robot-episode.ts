import type { RobotName } from "../envs/index.js";
import { behaviourAgent, type BehaviourPolicyName } from "../experiments/index.js";
import { recordLocomotion, type LocomotionReplayOptions, type Replay, type RobotPolicy } from "../viewer/index.js";

export interface RobotEpisodeOptions extends Omit<LocomotionReplayOptions, "policy"> {
  /** A policy that comes with the repository, random actions, or one of your own. Default "expert". */
  readonly policy?: BehaviourPolicyName | RobotPolicy;
}

/**
 * Plays one episode of a robot and records it for the viewer, with D4RL's score among its facts.
 *
 * @throws UserError for an unknown robot or policy, or with the training command if the policy is not there
 */
export async function recordRobot(robot: RobotName, { policy = "expert", ...options }: RobotEpisodeOptions = {}): Promise<Replay> {
  const { seed = 0 } = options;
  const agent = await behaviourAgent(robot, { policy: typeof policy === "string" ? policy : "random", seed });
  try {
    return await recordLocomotion(robot, { score: agent.score, ...options, policy: typeof policy === "string" ? agent : policy });
  } finally {
    agent.dispose();
  }
}
