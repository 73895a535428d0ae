import type { Simulation } from "../mujoco/simulation.js";
import { quaternionFromMatrix } from "./rotation.js";
import { type Quat, type Vec3, clamp, distance, vec3 } from "./vec.js";

/** Where a hand starts and the box in which the mocap body that drags it may move, in metres. */
export interface HandLimits {
  readonly start: Vec3;
  readonly low: Vec3;
  readonly high: Vec3;
}

const physicsStepsPerAction = 5;
const resetActions = 50;
/** An action component of 1 moves the mocap body by 1 cm. */
const metresPerAction = Math.fround(0.01);
const mocapQuaternion = Float64Array.of(1, 0, 1, 0);
const weld = [0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 5];

/** The Sawyer arm that all tasks share: a mocap body drags the hand, two fingers close on command. */
export class Arm {
  private readonly ids = { body: new Map<string, number>(), geom: new Map<string, number>(), site: new Map<string, number>() };
  /** Centre of the fingertips at the end of the last `resetHand`. */
  tcpStart: Vec3 = [0, 0, 0];

  constructor(
    readonly simulation: Simulation,
    private readonly limits: HandLimits,
  ) {
    // The one equality constraint of every scene welds the hand to the mocap body.
    for (let i = 0; i < simulation.neq; i++) simulation.eqData.set(weld, 11 * i);
    simulation.forward();
  }

  get handStart(): Vec3 {
    return this.limits.start;
  }

  private id(kind: "body" | "geom" | "site", name: string): number {
    const known = this.ids[kind].get(name);
    if (known !== undefined) return known;
    const id = this.simulation.id(kind, name);
    this.ids[kind].set(name, id);
    return id;
  }

  /** Position of a body as of the last forward pass. */
  body(name: string): Vec3 {
    return vec3(this.simulation.xpos, 3 * this.id("body", name));
  }

  geom(name: string): Vec3 {
    return vec3(this.simulation.geomXpos, 3 * this.id("geom", name));
  }

  site(name: string): Vec3 {
    return vec3(this.simulation.siteXpos, 3 * this.id("site", name));
  }

  /** Orientation of a body, (w, x, y, z). */
  bodyTurn(name: string): Quat {
    const at = 4 * this.id("body", name);
    const q = this.simulation.xquat;
    return [q[at] as number, q[at + 1] as number, q[at + 2] as number, q[at + 3] as number];
  }

  /** Orientation of a geom, (x, y, z, w). */
  geomTurn(name: string): Quat {
    return quaternionFromMatrix(this.simulation.geomXmat, 9 * this.id("geom", name));
  }

  /** Orientation of a site, (x, y, z, w). */
  siteTurn(name: string): Quat {
    return quaternionFromMatrix(this.simulation.siteXmat, 9 * this.id("site", name));
  }

  /** Orientation of a body from its matrix, (x, y, z, w): the sign may differ from `bodyTurn`'s. */
  bodyMatrixTurn(name: string): Quat {
    return quaternionFromMatrix(this.simulation.xmat, 9 * this.id("body", name));
  }

  /** Centre of the fingertips. */
  get tcp(): Vec3 {
    const right = this.site("rightEndEffector");
    const left = this.site("leftEndEffector");
    return [(right[0] + left[0]) / 2, (right[1] + left[1]) / 2, (right[2] + left[2]) / 2];
  }

  get hand(): Vec3 {
    return this.body("hand");
  }

  /** 0 closed … 1 open: the distance of the claws over 0.1 m. */
  get opening(): number {
    return clamp(distance(this.body("rightclaw"), this.body("leftclaw")) / 0.1, 0, 1);
  }

  /** Whether both finger pads press on a geom. */
  touches(geom: string): boolean {
    const id = this.id("geom", geom);
    return (
      this.simulation.contactForce(this.id("geom", "leftpad_geom"), id) > 0 &&
      this.simulation.contactForce(this.id("geom", "rightpad_geom"), id) > 0
    );
  }

  /** Drags the hand to its start with open fingers, 50 actions long; positions lag one physics step, as in the reference. */
  resetHand(): void {
    const { simulation } = this;
    for (let i = 0; i < resetActions; i++) {
      simulation.mocapPos.set(this.limits.start);
      simulation.mocapQuat.set(mocapQuaternion);
      const { ctrl } = simulation;
      ctrl[0] = -1;
      ctrl[1] = 1;
      simulation.step(physicsStepsPerAction);
    }
    this.tcpStart = this.tcp;
  }

  /** Applies one action (4 float32 values; the moves are clipped to [−1, 1]) and advances 12.5 ms. */
  act(action: ArrayLike<number>): void {
    const { simulation, limits } = this;
    const position = simulation.mocapPos;
    for (let i = 0; i < 3; i++) {
      const move = Math.fround(clamp(action[i] as number, -1, 1) * metresPerAction);
      position[i] = clamp((position[i] as number) + move, limits.low[i] as number, limits.high[i] as number);
    }
    simulation.mocapQuat.set(mocapQuaternion);
    const { ctrl } = simulation;
    ctrl[0] = action[3] as number;
    ctrl[1] = -(action[3] as number);
    simulation.step(physicsStepsPerAction);
    // The reference computes everything anew here; observations and most rewards read positions alone.
    simulation.kinematics();
  }

  /** Moves a fixed body of the model; positions follow with the next forward pass or step. */
  placeBody(name: string, position: Vec3): void {
    this.simulation.bodyPos.set(position, 3 * this.id("body", name));
  }

  /** Moves a marker of the model. */
  placeSite(name: string, position: Vec3): void {
    this.simulation.sitePos.set(position, 3 * this.id("site", name));
  }

  /** Puts the free object (its joint starts at qpos[9]) somewhere at rest. */
  placeObject(position: Vec3): void {
    this.simulation.qpos.set(position, 9);
    this.simulation.qvel.fill(0, 9, 15);
    this.simulation.forward();
  }

  /** Sets the positions of the scene's own joints (they start at qpos[9]); with `still` their velocities become zero. */
  setJoints(values: readonly number[], { still = false }: { still?: boolean } = {}): void {
    this.simulation.qpos.set(values, 9);
    if (still) this.simulation.qvel.fill(0, 9, 9 + values.length);
  }

  /** Brings positions up to date with what was set or placed. */
  forward(): void {
    this.simulation.forward();
  }

  /** Lets the scene settle for one action's time, the hand held. */
  settle(): void {
    this.simulation.step(physicsStepsPerAction);
  }
}
