import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { hostArray, treeEntries, type HostArray } from "../../engine/index.js";
import type { RobotName } from "../../envs/index.js";
import { readSafetensors, writeSafetensors, type SafetensorsTensor } from "../../formats/index.js";
import type { Mlp } from "../../nn/index.js";
import { UserError, dataPath, writeFileAtomic } from "../../util/index.js";
import type { BehaviourLevel } from "./behaviour-config.js";

/** A robot's deterministic policy, and what is known of it. */
export interface BehaviourPolicy {
  readonly actor: Mlp<HostArray>;
  /** Free text by name: robot, level, step, seed, score, command, … */
  readonly notes: Readonly<Record<string, string>>;
}

/** Where the policies lie that come with the repository. */
export function behaviourPoliciesFolder(): string {
  return dataPath("policies", "locomotion");
}

/** The command that trains a policy and puts it where `data generate locomotion` looks for it. */
export function trainingCommand(robot: RobotName, level: BehaviourLevel, { seed = 0 }: { seed?: number } = {}): string {
  return `npx --no llmdpd data train-behaviour ${robot} --level ${level}${seed === 0 ? "" : ` --seed ${seed}`}`;
}

/** Writes a policy as safetensors: `0/w`, `0/b`, `1/w`, … */
export async function writeBehaviourPolicy(path: string, { actor, notes }: BehaviourPolicy): Promise<void> {
  const tensors = treeEntries<HostArray>(actor).map(([name, { shape, data }]): [string, SafetensorsTensor] => [name, { dtype: "F32", shape, data }]);
  await writeFileAtomic(path, writeSafetensors(new Map(tensors), { metadata: { ...notes } }));
}

/** Reads a policy. @throws UserError if it is damaged, or its layers do not follow from each other or fit the robot */
export async function readBehaviourPolicy(path: string, { observation, action }: { observation: number; action: number }): Promise<BehaviourPolicy> {
  const { tensors, metadata } = readSafetensors(await readFile(path), { name: path });
  const actor: Mlp<HostArray>[number][] = [];
  const depth = tensors.size / 2;
  let width = observation;
  for (let layer = 0; layer < depth; layer++) {
    const [w, b] = [tensors.get(`${layer}/w`), tensors.get(`${layer}/b`)];
    const outputs = layer === depth - 1 ? action : (w?.shape[1] ?? 0);
    const shown = (tensor: typeof w): string => (tensor === undefined ? "nothing" : `${tensor.dtype} (${tensor.shape.join(", ")})`);
    if (w === undefined || b === undefined || shown(w) !== `F32 (${width}, ${outputs})` || shown(b) !== `F32 (${outputs})`) {
      throw new UserError(`Cannot use "${path}": layer ${layer} must map ${width} to ${outputs} numbers, got weights ${shown(w)} and biases ${shown(b)}. Is it another robot's?`);
    }
    actor.push({ w: hostArray(w.shape, w.data as Float32Array), b: hostArray(b.shape, b.data as Float32Array) });
    width = outputs;
  }
  return { actor, notes: metadata };
}

/**
 * The policy of a robot and level: the one that comes with the repository.
 *
 * @throws UserError with the training command if there is none, or if the file is another robot's or level's
 */
export async function publishedPolicy(robot: RobotName, { level, dims, folder = behaviourPoliciesFolder() }: { level: BehaviourLevel; dims: { observation: number; action: number }; folder?: string }): Promise<BehaviourPolicy> {
  const path = join(folder, `${robot}-${level}.safetensors`);
  if (!existsSync(path)) {
    throw new UserError(`Cannot play "${robot}": its ${level} policy ${path} is required and not there. \`${trainingCommand(robot, level)} --publish\` trains it and puts it there; it takes hours and can be stopped and resumed.`);
  }
  const policy = await readBehaviourPolicy(path, dims);
  for (const [field, wanted] of [["robot", robot], ["level", level]] as const) {
    const noted = policy.notes[field];
    if (noted !== undefined && noted !== wanted) throw new UserError(`Cannot play "${robot}" with "${path}": ${field} ${wanted} required, got ${noted} by the file's own notes.`);
  }
  return policy;
}
