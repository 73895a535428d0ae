import { join } from "node:path";
import { actionDim, createMetaworldEnv, drawGoals, expertAction, loadVisualModel, maxSteps as episodeSteps, metaworldTasks, taskNames, type SimulationBackend } from "../envs/index.js";
import { Rng, UserError, assetPath, oneOf, type ProgressFn } from "../util/index.js";
import { recordPoses, type Camera, type Curve, type Replay } from "./replay.js";

/** Who acts: an observation (39) with the goal in sight in, an action (4) out. */
export type Act = (observation: Float64Array) => ArrayLike<number> | Promise<ArrayLike<number>>;

/** Whoever acts in a recorded episode: the scripted expert, uniform random actions, or a policy with a name. */
export type Policy = "expert" | "random" | { readonly name: string; readonly act: Act; readonly goalVisible: boolean };

export interface MetaworldReplayOptions {
  /** Default "expert". */
  readonly policy?: Policy;
  /** Chooses the goals, and the random policy's actions. Default 0. */
  readonly seed?: number;
  /** Which of the seed's goals. Default 0. */
  readonly goal?: number;
  /** A random vector of the task, in place of `seed` and `goal`. */
  readonly randVec?: ArrayLike<number>;
  /** What the episode is called, in place of its goal and seed. */
  readonly episode?: string;
  /** Steps after which the recording ends, at most 500. Default 500. */
  readonly maxSteps?: number;
  /** Steps that are recorded after the first success. Default 40. */
  readonly stepsPastSuccess?: number;
  /** What is to be done, in a sentence. */
  readonly sentence?: string;
  readonly backend?: SimulationBackend | "auto";
  readonly onProgress?: ProgressFn;
}

/** From in front of the table, on the side that most scenes leave open. */
const view: Camera = { name: "table", lookAt: [0, 0.6, 0.17], distance: 1.7, azimuth: 131, elevation: -25, fieldOfView: 40 };

/**
 * Plays one episode of a Meta-World task and records it for the viewer.
 *
 * @throws UserError for an unknown task or policy, or a goal that the seed does not have
 * @example const replay = await recordMetaworld("door-open", { policy: "expert", seed: 0, goal: 3 });
 */
export async function recordMetaworld(task: string, options: MetaworldReplayOptions = {}): Promise<Replay> {
  const { policy = "expert", seed = 0, goal = 0, maxSteps = episodeSteps, stepsPastSuccess = 40, sentence, backend, onProgress } = options;
  const spec = metaworldTasks.find(({ name }) => name === oneOf(task, taskNames, { what: "task" })) as (typeof metaworldTasks)[number];
  if (!Number.isInteger(maxSteps) || maxSteps < 1 || maxSteps > episodeSteps) throw new UserError(`Cannot record "${task}": 1 to ${episodeSteps} steps required, got ${maxSteps}.`);
  const randVec = options.randVec ?? goalOf(task, { seed, goal });
  const { name, act, goalVisible } = actor(policy, { task, seed, goal });
  const withBackend = backend === undefined ? {} : { backend };
  const scene = await loadVisualModel({ assets: join(assetPath("metaworld"), "assets"), xml: spec.scene, ...withBackend });
  const env = await createMetaworldEnv(task, withBackend);
  try {
    let observation = env.reset(randVec);
    const target = [observation[36], observation[37], observation[38]] as [number, number, number];
    const recorder = recordPoses(env.simulation);
    recorder.capture();
    const rows: Row[] = [{ reward: NaN, success: NaN, toTarget: NaN, object: distance(observation, target) }];
    let firstSuccess = -1;
    for (let step = 1; step <= maxSteps; step++) {
      const action = await act(observation);
      const result = env.step(action);
      observation = result.observation;
      recorder.capture();
      onProgress?.({ done: step, total: maxSteps, label: `play ${task}` });
      rows.push({ reward: result.reward, success: Number(result.success), toTarget: result.info["obj_to_target"] as number, object: distance(observation, target) });
      if (result.success && firstSuccess < 0) firstSuccess = step;
      if (firstSuccess >= 0 && step >= firstSuccess + stepsPastSuccess) break;
    }
    const total = rows.reduce((sum, { reward }) => sum + (Number.isFinite(reward) ? reward : 0), 0);
    return {
      title: task,
      ...(sentence === undefined ? {} : { sentence }),
      labels: [
        { name: "policy", value: name },
        { name: "goal", value: goalVisible ? "seen by the policy" : "hidden from the policy" },
        { name: "episode", value: options.episode ?? (options.randVec === undefined ? `goal ${goal} of seed ${seed}` : "a given goal") },
        { name: "result", value: firstSuccess < 0 ? `no success in ${rows.length - 1} steps` : `success at step ${firstSuccess}` },
        { name: "return", value: total.toFixed(0) },
      ],
      scene,
      secondsPerFrame: 5 * env.simulation.timestep,
      ...recorder.poses(),
      curves: [
        { name: "reward", kind: "line", range: [0, 10], values: rows.map(({ reward }) => reward) },
        distanceCurve(rows),
        { name: "success", kind: "flag", values: rows.map(({ success }) => success) },
      ],
      markers: [{ name: "goal", position: target, radius: 0.02, note: goalVisible ? "seen by the policy" : "hidden from the policy", hidden: !goalVisible }],
      cameras: [view],
      trails: ["hand"],
    };
  } finally {
    env.close();
  }
}

interface Row {
  readonly reward: number;
  readonly success: number;
  /** The task's own measure. */
  readonly toTarget: number;
  /** From the first object to the goal, metres. */
  readonly object: number;
}

function distance(observation: Float64Array, target: readonly number[]): number {
  return Math.hypot(...target.map((value, axis) => value - (observation[4 + axis] as number)));
}

/** The task's own distance to its goal, or, where a task leaves that measure alone, that of its first object. */
function distanceCurve(rows: readonly Row[]): Curve {
  const measured = rows.slice(1).map(({ toTarget }) => toTarget);
  const varies = measured.some((value) => Math.abs(value - (measured[0] as number)) > 1e-6);
  const [name, values] = varies ? ["distance to goal", rows.map(({ toTarget }) => toTarget)] : ["object to goal", rows.map(({ object }) => object)];
  return { name, unit: "m", kind: "line", range: [0, Math.max(0.01, ...values.filter(Number.isFinite))], values };
}

function goalOf(task: string, { seed, goal }: { seed: number; goal: number }): Float64Array {
  if (!Number.isInteger(goal) || goal < 0) throw new UserError(`Cannot record "${task}": a goal's number from 0 on required, got ${goal}.`);
  return drawGoals(task, { seed, count: goal + 1 })[goal] as Float64Array;
}

function actor(policy: Policy, { task, seed, goal }: { task: string; seed: number; goal: number }): { name: string; act: Act; goalVisible: boolean } {
  if (typeof policy !== "string") return policy;
  if (oneOf(policy, ["expert", "random"], { what: "policy" }) === "expert") return { name: "scripted expert", act: (observation) => expertAction(task, observation), goalVisible: true };
  const rng = new Rng(seed).fork("watch", task, goal);
  return { name: "random actions", act: () => rng.fillUniform(new Float64Array(actionDim), { low: -1, high: 1 }), goalVisible: false };
}
