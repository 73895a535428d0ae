import { normalizedScore } from "../../datasets/index.js";
import { findRobot } from "../../envs/index.js";
import { UserError } from "../../util/index.js";
import { isLocomotion, readConfig } from "../run-config.js";
import type { BehaviourAgent } from "./behaviour-agent.js";
import { locomotionBaselines, promptedAgent, readPolicy } from "./evaluate.js";
import { loadLocomotion, locomotionWidths } from "./training-data.js";

/**
 * Opens the policy of a run's last checkpoint with the prompts of the first of its data sets that are of that robot; it
 * acts as in the run's evaluation, with as many candidates.
 *
 * @param seed draws the trajectory prompt and the policy's noise
 * @throws UserError if that is no trained run on locomotion, it does not know the robot, or its data are not there
 * @example const { act, name } = await runAgent("data/runs/locomotion-small/full-seed0", { robot: "hopper" });
 */
export async function runAgent(path: string, { robot, seed = 0 }: { robot: string; seed?: number }): Promise<BehaviourAgent> {
  const config = readConfig(path);
  const fail = (required: string, got: string): never => {
    throw new UserError(`Cannot watch ${robot} by "${path}": ${required} is required, got ${got}.`);
  };
  if (!isLocomotion(config)) return fail("a run on locomotion", "one on Meta-World");
  if (locomotionBaselines.some((name) => name === config.variant)) return fail("a trained run", `the baseline ${config.variant}`);
  const sets = await loadLocomotion(config);
  const set = sets.find((one) => one.robot === robot) ?? fail(`a run trained on ${robot}`, `one on ${config.data.datasets.join(", ")}`);
  const { policy, updates } = await readPolicy(path, { config, sets, verb: "watch", checkpoint: "last" });
  const candidates = config.evaluate.candidates.at(-1) as number;
  const plan = { task: set.name, episode: seed };
  const agent = await (await promptedAgent(set, { policy, plans: [plan], candidates }))(1);
  await agent.begin(0, plan);
  const { observation: width } = locomotionWidths(config);
  const { actionDim } = findRobot(robot);
  return {
    name: `${config.variant}, training seed ${config.seed}, ${updates.toLocaleString("en")} updates on ${set.name} (${config.data.source}), N = ${candidates}`,
    act: async (observation) => {
      const row = new Float64Array(width);
      row.set(observation);
      return (await agent.act(row, [true])).slice(0, actionDim).map((value) => Math.max(-1, Math.min(1, value)));
    },
    score: (episodeReturn) => normalizedScore(set.robot, episodeReturn),
    dispose: () => {},
  };
}
