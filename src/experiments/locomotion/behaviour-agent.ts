import { td3Action } from "../../algorithms/index.js";
import { normalizedScore } from "../../datasets/index.js";
import { compile, hostArray, type Tensor } from "../../engine/index.js";
import { findRobot, type Robot } from "../../envs/index.js";
import type { Mlp } from "../../nn/index.js";
import { Rng, oneOf } from "../../util/index.js";
import { behaviourLevels, type BehaviourLevel } from "./behaviour-config.js";
import { publishedPolicy } from "./behaviour-policy.js";

/** The policies of a robot that come with the repository, by their level, and uniform random actions. */
export const behaviourPolicies = [...(Object.keys(behaviourLevels) as BehaviourLevel[]), "random"] as const;
export type BehaviourPolicyName = (typeof behaviourPolicies)[number];

/** Who moves a robot, one observation at a time. */
export interface BehaviourAgent {
  /** Who it is, with the mean score that was published of it. */
  readonly name: string;
  /** The action (actionDim) in [−1, 1] for an observation (observationDim), without noise. */
  readonly act: (observation: Float64Array) => Promise<Float32Array> | Float32Array;
  /** D4RL's normalised score of a return of this robot. */
  readonly score: (episodeReturn: number) => number;
  /** Lets a compiled policy go. */
  dispose(): void;
}

/**
 * Opens a robot's `expert` or `medium` policy, those that come with the repository, or `random` actions.
 *
 * @throws UserError for an unknown robot or policy, or with the training command if the policy is not there
 * @example const { act, dispose } = await behaviourAgent("hopper", { policy: "medium" });
 */
export async function behaviourAgent(robot: string, { policy = "expert", seed = 0 }: { policy?: BehaviourPolicyName; seed?: number } = {}): Promise<BehaviourAgent> {
  const spec = findRobot(robot);
  const known = oneOf(policy, behaviourPolicies, { what: `policy of ${spec.name}:` });
  const agent = known === "random" ? randomActions(spec, { seed }) : await trainedPolicy(spec, { level: known });
  return { ...agent, score: (episodeReturn) => normalizedScore(spec.name, episodeReturn) };
}

function randomActions({ name, actionDim }: Robot, { seed }: { seed: number }): Omit<BehaviourAgent, "score"> {
  const rng = new Rng(seed).fork("behaviour", name, "random");
  return { name: "random actions", act: () => rng.fillUniform(new Float32Array(actionDim), { low: -1, high: 1 }), dispose: () => {} };
}

async function trainedPolicy({ name, observationDim, actionDim }: Robot, { level }: { level: BehaviourLevel }): Promise<Omit<BehaviourAgent, "score">> {
  const { actor, notes } = await publishedPolicy(name, { level, dims: { observation: observationDim, action: actionDim } });
  const example = hostArray([1, observationDim], new Float32Array(observationDim));
  const policy = await compile((weights: Mlp, observation: Tensor) => td3Action(weights, observation), [actor, example]);
  return {
    name: `${level}, TD3${notes["score"] === undefined ? "" : ` (mean score ${notes["score"]})`}`,
    act: async (observation) => (await policy(actor, hostArray([1, observationDim], Float32Array.from(observation)))).data as Float32Array,
    dispose: () => policy.dispose(),
  };
}
