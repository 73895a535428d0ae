import { join } from "node:path";
import { UserError, assetPath, messageOf } from "../../util/index.js";
import { type Simulation, type SimulationBackend, loadSimulation } from "../mujoco/simulation.js";
import { Arm } from "./arm.js";
import { checkRandVec } from "./goals.js";
import { findTask } from "./registry.js";
import type { RunningEpisode, Task } from "./task-spec.js";
import { type Vec3, clamp, vec3 } from "./vec.js";

export const observationDim = 39;
export const actionDim = 4;
/** Steps of an episode, 12.5 ms each. */
export const maxSteps = 500;

const frameDim = 18;
/** 10 KB: what a program that keeps a single observation keeps with it. */
const observationsPerBlock = 32;
const handLow: Vec3 = [-0.5, 0.4, 0.05];
const handHigh: Vec3 = [0.5, 1, 0.5];

/** What a step returns. */
export interface StepResult {
  /** (39): hand 3, gripper opening 1, objects 14; the same of the step before; goal 3. */
  readonly observation: Float64Array;
  /** 0 … 10. */
  readonly reward: number;
  /** Whether the task is done now; it does not end the episode. */
  readonly success: boolean;
  /** True at step 500, the last one. */
  readonly truncated: boolean;
  /** Meta-World's measures under their own names: near_object, grasp_success, grasp_reward, in_place_reward, obj_to_target, … */
  readonly info: Record<string, number>;
}

/** A state of the physics to put an environment into, with the frame (18) that the next observation calls previous. */
export interface EnvState {
  readonly time: number;
  readonly qpos: ArrayLike<number>;
  readonly qvel: ArrayLike<number>;
  readonly ctrl: ArrayLike<number>;
  readonly mocapPos: ArrayLike<number>;
  readonly mocapQuat: ArrayLike<number>;
  readonly qaccWarmstart: ArrayLike<number>;
  readonly previousFrame: ArrayLike<number>;
  readonly step: number;
}

/** One Meta-World task with its scene loaded. */
export interface MetaworldEnv {
  readonly task: string;
  readonly simulation: Simulation;
  /** Starts the episode of a random vector and returns the observation (39). @throws UserError if the vector is not of this task */
  reset(randVec: ArrayLike<number>): Float64Array;
  /** One action (4): three moves, of 1 cm at most, and the grip. @throws UserError for another shape, NaN, before a reset or after 500 steps */
  step(action: ArrayLike<number>): StepResult;
  /** Puts the running episode into a recorded state. */
  restore(state: EnvState): void;
  /** Frees the scene. */
  close(): void;
}

export interface MetaworldOptions {
  /** False hides the goal (zeros), as ML1, ML10 and ML45 do. Default true. */
  readonly goalVisible?: boolean;
  readonly backend?: SimulationBackend | "auto";
}

/**
 * Loads a task.
 *
 * @throws UserError for an unknown task, or where set-up has not fetched the scenes
 * @example
 * const env = await createMetaworldEnv("drawer-open");
 * let observation = env.reset(drawGoals("drawer-open", { seed: 0, count: 1 })[0]);
 * ({ observation } = env.step(expertAction("drawer-open", observation)));
 */
export async function createMetaworldEnv(task: string, { goalVisible = true, backend = "auto" }: MetaworldOptions = {}): Promise<MetaworldEnv> {
  const spec = findTask(task);
  const folder = assetPath("metaworld");
  const simulation = await loadSimulation({ xml: spec.scene, assets: join(folder, "assets"), backend }).catch((error: unknown) => {
    if (!messageOf(error).startsWith("Cannot load scene")) throw error;
    throw new UserError(`${messageOf(error)}. If a file is missing or damaged: delete ${folder} and run \`npm run setup\`, which fetches the scenes again.`, { cause: error });
  });
  return new SawyerEnv(spec, { simulation, goalVisible });
}

/**
 * What the scripted expert of a task does: an action (4) of float32 values, not clipped, as the reference's.
 * The observation (39) must show the goal and is left as it is.
 */
export function expertAction(task: string, observation: ArrayLike<number>): Float64Array {
  const spec = findTask(task);
  if (observation.length !== observationDim) {
    throw new UserError(`Cannot ask the expert of "${task}": an observation of ${observationDim} numbers required, got ${observation.length}`);
  }
  return spec.expert(observation);
}

class SawyerEnv implements MetaworldEnv {
  readonly task: string;
  readonly simulation: Simulation;
  private readonly arm: Arm;
  private readonly goalVisible: boolean;
  private readonly action = new Float64Array(actionDim);
  private readonly low = new Float64Array(observationDim).fill(-Infinity);
  private readonly high = new Float64Array(observationDim).fill(Infinity);
  private frame: Float64Array = new Float64Array(frameDim);
  private previous: Float64Array = new Float64Array(frameDim);
  private running: RunningEpisode | undefined;
  private steps = 0;
  private block = new ArrayBuffer(0);
  private cut = observationsPerBlock;

  constructor(
    private readonly spec: Task,
    { simulation, goalVisible }: { simulation: Simulation; goalVisible: boolean },
  ) {
    this.task = spec.name;
    this.simulation = simulation;
    this.goalVisible = goalVisible;
    const hand = { start: spec.handStart, low: spec.handLow ?? handLow, high: spec.handHigh ?? handHigh };
    this.arm = new Arm(simulation, hand);
    for (const at of [0, frameDim]) {
      this.low.set([-0.525, 0.348, -0.0525, -1], at);
      this.high.set([0.525, 1.025, 0.7, 1], at);
    }
    this.low.set(goalVisible ? (spec.goalBox?.low ?? hand.low) : [0, 0, 0], 2 * frameDim);
    this.high.set(goalVisible ? (spec.goalBox?.high ?? hand.high) : [0, 0, 0], 2 * frameDim);
  }

  reset(randVec: ArrayLike<number>): Float64Array {
    const numbers = checkRandVec(this.spec, randVec);
    const { arm, spec } = this;
    this.steps = 0;
    // Twice, as the reference does: what the first run writes into the model changes what the second one reads.
    // The hand has no part in that, so that its reset is left out of the first run.
    this.simulation.resetData();
    arm.forward();
    spec.begin(arm, numbers);
    this.simulation.resetData();
    arm.resetHand();
    this.running = spec.begin(arm, numbers);
    this.readFrame();
    this.previous.set(this.frame);
    return this.assemble();
  }

  step(action: ArrayLike<number>): StepResult {
    const { running, task } = this;
    if (running === undefined) throw new UserError(`Cannot step "${task}": reset required first`);
    if (action.length !== actionDim) throw new UserError(`Cannot step "${task}": an action of ${actionDim} numbers required, got ${action.length}`);
    if (this.steps >= maxSteps) throw new UserError(`Cannot step "${task}": an episode has ${maxSteps} steps, got one more. Call reset.`);
    const rounded = this.action;
    for (let i = 0; i < actionDim; i++) rounded[i] = Math.fround(action[i] as number);
    // Sums of finite float32 values are finite.
    if (!Number.isFinite((rounded[0] as number) + (rounded[1] as number) + (rounded[2] as number) + (rounded[3] as number))) throw new UserError(`Cannot step "${task}": finite numbers required, got [${Array.from(action).join(", ")}]`);
    this.arm.act(rounded);
    this.steps++;
    this.readFrame();
    const observation = this.assemble();
    [this.previous, this.frame] = [this.frame, this.previous];
    for (let i = 0; i < observationDim; i++) {
      observation[i] = clamp(observation[i] as number, this.low[i] as number, this.high[i] as number);
    }
    const outcome = running.judge({
      arm: this.arm,
      episode: running.episode,
      observation,
      action: rounded,
      hand: vec3(observation, 0),
      opening: observation[3] as number,
      object: vec3(observation, 4),
      tcp: this.arm.tcp,
    });
    return {
      observation,
      reward: outcome.reward,
      success: outcome.success,
      truncated: this.steps === maxSteps,
      info: {
        success: Number(outcome.success),
        near_object: Number(outcome.nearObject),
        grasp_success: Number(outcome.graspSuccess),
        grasp_reward: outcome.graspReward,
        in_place_reward: outcome.inPlace,
        obj_to_target: outcome.objectToTarget,
        unscaled_reward: outcome.reward,
      },
    };
  }

  restore(state: EnvState): void {
    if (this.running === undefined) throw new UserError(`Cannot restore a state of "${this.task}": reset required first`);
    const { simulation } = this;
    simulation.time = state.time;
    simulation.qpos.set(state.qpos);
    simulation.qvel.set(state.qvel);
    simulation.ctrl.set(state.ctrl);
    simulation.mocapPos.set(state.mocapPos);
    simulation.mocapQuat.set(state.mocapQuat);
    simulation.forward();
    simulation.qaccWarmstart.set(state.qaccWarmstart);
    this.previous.set(state.previousFrame);
    this.steps = state.step;
  }

  close(): void {
    this.simulation.dispose();
  }

  /** Zeros; cut from a larger block, because a block of memory for each would cost more than the numbers in it. */
  private freshObservation(): Float64Array {
    if (this.cut === observationsPerBlock) {
      this.block = new ArrayBuffer(8 * observationDim * observationsPerBlock);
      this.cut = 0;
    }
    return new Float64Array(this.block, 8 * observationDim * this.cut++, observationDim);
  }

  /** The hand, the gripper and the objects now (18); what a task leaves out stays zero. */
  private readFrame(): void {
    const { frame, arm } = this;
    put(frame, 0, arm.hand);
    frame[3] = arm.opening;
    let at = 4;
    for (const { position, turn } of this.spec.objects) {
      put(frame, at, position(arm));
      put(frame, at + 3, turn(arm));
      at += 7;
    }
  }

  private assemble(): Float64Array {
    const observation = this.freshObservation();
    const { frame, previous } = this;
    for (let i = 0; i < frameDim; i++) {
      observation[i] = frame[i] as number;
      observation[frameDim + i] = previous[i] as number;
    }
    if (this.goalVisible) put(observation, 2 * frameDim, (this.running as RunningEpisode).episode.target);
    return observation;
  }
}

/** Writes a few numbers: much faster than `set` with an ordinary array. */
function put(array: Float64Array, at: number, values: readonly number[]): void {
  for (let i = 0; i < values.length; i++) array[at + i] = values[i] as number;
}
