import { type Rng, UserError, assetPath } from "../../util/index.js";
import { type Simulation, type SimulationBackend, loadSimulation } from "../mujoco/simulation.js";
import { type LocomotionVersion, type Measure, type Robot, type RobotName, findRobot, findVersion, versionRules } from "./robots.js";

/** Steps after which an episode is cut off. */
export const locomotionMaxSteps = 1000;

/** What a step returns. */
export interface LocomotionStep {
  /** (observationDim): positions without the first, then velocities. */
  readonly observation: Float64Array;
  readonly reward: number;
  /** The robot fell: the episode ends and nothing follows. */
  readonly terminated: boolean;
  /** Step 1000: the episode is cut off and would have gone on; also true if the robot falls in that very step. */
  readonly truncated: boolean;
  /** The reference's own measures, by version: x_position, x_velocity, reward_ctrl, … */
  readonly info: Readonly<Partial<Record<Measure, number>>>;
}

/** Positions and velocities, MuJoCo's order. What is left out is as after a reset. */
export interface LocomotionState {
  /** (positions, observationDim + 1 in all with the velocities). */
  readonly qpos: ArrayLike<number>;
  readonly qvel: ArrayLike<number>;
  /** Seconds of simulated time. */
  readonly time?: number;
  readonly ctrl?: ArrayLike<number>;
  /** Where the contact solver starts; the last bits of the next step depend on it. */
  readonly qaccWarmstart?: ArrayLike<number>;
  /** Steps of the episode so far. */
  readonly step?: number;
}

/** One robot on its plane. */
export interface LocomotionEnv {
  readonly robot: RobotName;
  readonly version: LocomotionVersion;
  readonly observationDim: number;
  readonly actionDim: number;
  /** 1000. */
  readonly maxSteps: number;
  readonly simulation: Simulation;
  /** Starts an episode from the robot's pose with the noise of a generator, or from a given state; returns the observation. */
  reset(start: Rng | Pick<LocomotionState, "qpos" | "qvel">): Float64Array;
  /** One action (actionDim) in [−1, 1]. @throws UserError for another shape, NaN, before a reset or after the episode's end */
  step(action: ArrayLike<number>): LocomotionStep;
  /** Puts the episode into a recorded state; returns the observation. @throws UserError for another robot's state or NaN */
  setState(state: LocomotionState): Float64Array;
  /** Measures of the reset: `x_position` and `z_distance_from_origin` in v5, nothing before. */
  resetInfo(): Readonly<Partial<Record<Measure, number>>>;
  /** Frees the scene. */
  close(): void;
}

export interface LocomotionOptions {
  /** Default "v2", D4RL's. */
  readonly version?: LocomotionVersion;
  readonly backend?: SimulationBackend | "auto";
}

/**
 * Loads hopper, halfcheetah or walker2d.
 *
 * `v2` has the rules of the environments that D4RL's data were recorded in, on today's MuJoCo: contacts resolve a
 * little differently than in the version of that time.
 *
 * @throws UserError for an unknown robot or version, or where set-up has not fetched the scenes
 * @example
 * const env = await createLocomotionEnv("hopper", { version: "v5" });
 * let observation = env.reset(new Rng(0));
 * const { reward, terminated } = env.step([0, 0, 0]);
 */
export async function createLocomotionEnv(robot: string, { version = "v2", backend = "auto" }: LocomotionOptions = {}): Promise<LocomotionEnv> {
  const spec = findRobot(robot);
  const rules = findVersion(version);
  return new PlanarRobot(spec, { version: rules, simulation: await loadSimulation({ xml: spec.scene[rules], assets: assetPath("gymnasium"), backend, islands: false }) });
}

class PlanarRobot implements LocomotionEnv {
  readonly robot: RobotName;
  readonly version: LocomotionVersion;
  readonly observationDim: number;
  readonly actionDim: number;
  readonly maxSteps = locomotionMaxSteps;
  readonly simulation: Simulation;
  private readonly secondsPerStep: number;
  private readonly action: Float64Array;
  private steps = 0;
  private state: "new" | "running" | "ended" = "new";

  constructor(
    private readonly spec: Robot,
    { version, simulation }: { version: LocomotionVersion; simulation: Simulation },
  ) {
    this.robot = spec.name;
    this.version = version;
    this.observationDim = spec.observationDim;
    this.actionDim = spec.actionDim;
    this.simulation = simulation;
    this.secondsPerStep = simulation.timestep * spec.frameSkip;
    this.action = new Float64Array(spec.actionDim);
  }

  reset(start: Rng | Pick<LocomotionState, "qpos" | "qvel">): Float64Array {
    const { qpos, qvel } = "qpos" in start ? start : this.drawStart(start);
    return this.setState({ qpos, qvel });
  }

  private drawStart(rng: Rng): { qpos: Float64Array; qvel: Float64Array } {
    const { resetNoise, resetVelocity } = this.spec;
    const { nv, qpos0 } = this.simulation;
    const qpos = qpos0.map((value) => value + rng.uniformIn(-resetNoise, resetNoise));
    const qvel = Float64Array.from({ length: nv }, () => (resetVelocity === "normal" ? resetNoise * rng.normal() : rng.uniformIn(-resetNoise, resetNoise)));
    return { qpos, qvel };
  }

  setState({ qpos, qvel, time = 0, ctrl, qaccWarmstart, step = 0 }: LocomotionState): Float64Array {
    const { simulation } = this;
    this.checkNumbers("qpos", { values: qpos, length: simulation.nq });
    this.checkNumbers("qvel", { values: qvel, length: simulation.nv });
    if (ctrl !== undefined) this.checkNumbers("ctrl", { values: ctrl, length: simulation.nu });
    if (qaccWarmstart !== undefined) this.checkNumbers("qaccWarmstart", { values: qaccWarmstart, length: simulation.nv });
    simulation.resetData();
    simulation.time = time;
    simulation.qpos.set(qpos);
    simulation.qvel.set(qvel);
    if (ctrl !== undefined) simulation.ctrl.set(ctrl);
    simulation.forward();
    if (qaccWarmstart !== undefined) simulation.qaccWarmstart.set(qaccWarmstart);
    this.steps = step;
    this.state = step >= this.maxSteps ? "ended" : "running";
    return this.observe();
  }

  private checkNumbers(field: string, { values, length }: { values: ArrayLike<number>; length: number }): void {
    if (values.length !== length) throw new UserError(`Cannot set the state of "${this.robot}": ${field} of ${length} numbers required, got ${values.length}. Is it another robot's?`);
    for (let i = 0; i < length; i++) {
      if (!Number.isFinite(values[i])) throw new UserError(`Cannot set the state of "${this.robot}": finite numbers required, got ${field}[${i}] = ${values[i]}.`);
    }
  }

  step(action: ArrayLike<number>): LocomotionStep {
    const { spec, simulation } = this;
    const rules = versionRules[this.version];
    this.takeAction(action, rules);
    const before = simulation.qpos[0] as number;
    simulation.ctrl.set(this.action);
    simulation.step(spec.frameSkip);
    this.steps++;
    const velocity = ((simulation.qpos[0] as number) - before) / this.secondsPerStep;
    let cost = 0;
    for (let i = 0; i < spec.actionDim; i++) cost += (this.action[i] as number) ** 2;
    cost *= spec.controlCost;
    const healthy = this.isHealthy();
    const bonus = healthy || rules.aliveBonusWhenFalling ? spec.aliveBonus : 0;
    const truncated = this.steps === this.maxSteps;
    if (!healthy || truncated) this.state = "ended";
    return { observation: this.observe(), reward: velocity + bonus - cost, terminated: !healthy, truncated, info: this.measure(spec.measures[this.version], { velocity, cost, bonus }) };
  }

  /** Checks an action and keeps it, clipped where the version does so. */
  private takeAction(action: ArrayLike<number>, { clipsActions }: { clipsActions: boolean }): void {
    const { robot, actionDim } = this;
    if (this.state === "new") throw new UserError(`Cannot step "${robot}": reset required first.`);
    if (this.state === "ended") throw new UserError(`Cannot step "${robot}": the episode ended after ${this.steps} steps. Call reset.`);
    if (action.length !== actionDim) throw new UserError(`Cannot step "${robot}": an action of ${actionDim} numbers required, got ${action.length}.`);
    for (let i = 0; i < actionDim; i++) {
      const value = action[i] as number;
      if (!Number.isFinite(value)) throw new UserError(`Cannot step "${robot}": finite numbers required, got [${Array.from(action).join(", ")}].`);
      this.action[i] = clipsActions ? Math.min(1, Math.max(-1, value)) : value;
    }
  }

  private isHealthy(): boolean {
    const { healthy } = this.spec;
    if (healthy === undefined) return true;
    const { qpos, qvel } = this.simulation;
    const within = (value: number | undefined, [low, high]: readonly [number, number]): boolean => (value as number) > low && (value as number) < high;
    const { height, angle, state } = healthy;
    if (!within(qpos[1], height) || !within(qpos[2], angle)) return false;
    if (state === undefined) return true;
    for (let i = 2; i < qpos.length; i++) if (!within(qpos[i], state)) return false;
    for (let i = 0; i < qvel.length; i++) if (!within(qvel[i], state)) return false;
    return true;
  }

  private observe(): Float64Array {
    const { qpos, qvel } = this.simulation;
    const { velocityLimit } = this.spec;
    const observation = new Float64Array(this.observationDim);
    for (let i = 1; i < qpos.length; i++) observation[i - 1] = qpos[i] as number;
    for (let i = 0; i < qvel.length; i++) observation[qpos.length - 1 + i] = Math.min(velocityLimit, Math.max(-velocityLimit, qvel[i] as number));
    return observation;
  }

  resetInfo(): Readonly<Partial<Record<Measure, number>>> {
    return this.measure(this.spec.resetMeasures[this.version], { velocity: 0, cost: 0, bonus: 0 });
  }

  private measure(names: readonly Measure[], { velocity, cost, bonus }: { velocity: number; cost: number; bonus: number }): Partial<Record<Measure, number>> {
    const { qpos } = this.simulation;
    const info: Partial<Record<Measure, number>> = {};
    for (const name of names) {
      if (name === "x_position") info[name] = qpos[0] as number;
      else if (name === "z_distance_from_origin") info[name] = (qpos[1] as number) - this.spec.startHeight;
      else if (name === "reward_ctrl") info[name] = -cost;
      else if (name === "reward_survive") info[name] = bonus;
      else info[name] = velocity;
    }
    return info;
  }

  close(): void {
    this.simulation.dispose();
  }
}
