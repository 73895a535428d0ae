import { UserError, oneOf } from "../../util/index.js";
import type { ModelCounts, SimulationArrays } from "./arrays.js";
import type { ModelArray, ModelFieldName } from "./model-fields.js";
import type { Contact, Simulation, SimulationBackend, SimulationNameKind } from "./simulation.js";

/** MuJoCo's own words for its warning counters, in the order of mjtWarning. */
const warningTexts = [
  "inertia matrix is singular or nearly so",
  "too many contacts for the memory of the scene",
  "too many constraints for the memory of the scene",
  "NaN, Inf or a huge value in qpos",
  "NaN, Inf or a huge value in qvel",
  "NaN, Inf or a huge value in qacc",
  "NaN, Inf or a huge value in ctrl",
] as const;

/** mjDSBL_ISLAND among MuJoCo's flags of what is left out. */
export const noIslands = 1 << 18;

/** How many warning counters a simulation has. */
export const warningCount = warningTexts.length;

/** mjtObj of each kind of name. */
export const objectTypes: Record<Exclude<SimulationNameKind, "mocap">, number> = { body: 1, joint: 3, geom: 5, site: 6, camera: 7, actuator: 19, sensor: 20 };

const countOf = { body: "nbody", joint: "njnt", geom: "ngeom", site: "nsite", camera: "ncam", actuator: "nu", sensor: "nsensor" } as const;

/** What the two adapters share: names, checks of arguments and state, and the refusal to work after `dispose`. */
export abstract class BaseSimulation implements Simulation {
  abstract readonly backend: SimulationBackend;
  private disposed = false;
  /** Set where positions are up to date and what follows from them is not. */
  private partial = false;
  private readonly nameLists = new Map<SimulationNameKind, readonly string[]>();
  private readonly ids = new Map<SimulationNameKind, Map<string, number>>();

  constructor(
    readonly xml: string,
    protected readonly counts: ModelCounts,
  ) {}

  /** The current views; the adapter replaces those that memory growth detached. */
  protected abstract arrays(): SimulationArrays;
  protected abstract readTime(): number;
  protected abstract writeTime(seconds: number): void;
  protected abstract readTimestep(): number;
  /** Name of a thing by mjtObj and id, "" for none. */
  protected abstract nameOf(objectType: number, id: number): string;
  /** A copy of a field of the model. */
  protected abstract copyModel<F extends ModelFieldName>(field: F): ModelArray<F>;
  protected abstract bodyMocapId(body: number): number;
  protected abstract jointAddresses(joint: number): { qpos: number; dof: number };
  protected abstract readContacts(): Contact[];
  protected abstract sumForces(geomA: number, geomB: number): number;
  protected abstract stepOnce(): void;
  protected abstract runForward(): void;
  protected abstract runKinematics(): void;
  protected abstract runRnePostConstraint(): void;
  protected abstract runReset(): void;
  /** Index of the first raised warning counter since the last call, or -1; clears them. */
  protected abstract takeWarning(): number;
  protected abstract free(): void;

  /** Throws after `dispose`; every public door goes through it. */
  private live(): this {
    if (this.disposed) throw new Error(`Cannot use simulation "${this.xml}": it was disposed. Load the scene again.`);
    return this;
  }

  get nq(): number { return this.live().counts.nq; }
  get nv(): number { return this.live().counts.nv; }
  get nu(): number { return this.live().counts.nu; }
  get na(): number { return this.live().counts.na; }
  get nbody(): number { return this.live().counts.nbody; }
  get njnt(): number { return this.live().counts.njnt; }
  get ngeom(): number { return this.live().counts.ngeom; }
  get nsite(): number { return this.live().counts.nsite; }
  get nmocap(): number { return this.live().counts.nmocap; }
  get neq(): number { return this.live().counts.neq; }
  get nsensor(): number { return this.live().counts.nsensor; }
  get timestep(): number { return this.live().readTimestep(); }
  get time(): number { return this.live().readTime(); }
  set time(seconds: number) { this.live().writeTime(seconds); }

  get qpos(): Float64Array { return this.live().arrays().qpos; }
  get qvel(): Float64Array { return this.live().arrays().qvel; }
  get act(): Float64Array { return this.live().arrays().act; }
  get ctrl(): Float64Array { return this.live().arrays().ctrl; }
  get mocapPos(): Float64Array { return this.live().arrays().mocapPos; }
  get mocapQuat(): Float64Array { return this.live().arrays().mocapQuat; }
  get qacc(): Float64Array { return this.live().arrays().qacc; }
  get qaccWarmstart(): Float64Array { return this.live().arrays().qaccWarmstart; }
  get xpos(): Float64Array { return this.live().arrays().xpos; }
  get xquat(): Float64Array { return this.live().arrays().xquat; }
  get xmat(): Float64Array { return this.live().arrays().xmat; }
  get geomXpos(): Float64Array { return this.live().arrays().geomXpos; }
  get geomXmat(): Float64Array { return this.live().arrays().geomXmat; }
  get siteXpos(): Float64Array { return this.live().arrays().siteXpos; }
  get siteXmat(): Float64Array { return this.live().arrays().siteXmat; }
  get sensordata(): Float64Array { return this.live().arrays().sensordata; }
  get cfrcExt(): Float64Array { return this.live().arrays().cfrcExt; }
  get qpos0(): Float64Array { return this.live().arrays().qpos0; }
  get bodyPos(): Float64Array { return this.live().arrays().bodyPos; }
  get bodyQuat(): Float64Array { return this.live().arrays().bodyQuat; }
  get geomPos(): Float64Array { return this.live().arrays().geomPos; }
  get geomQuat(): Float64Array { return this.live().arrays().geomQuat; }
  get sitePos(): Float64Array { return this.live().arrays().sitePos; }
  get siteQuat(): Float64Array { return this.live().arrays().siteQuat; }
  get eqData(): Float64Array { return this.live().arrays().eqData; }

  names(kind: SimulationNameKind): readonly string[] {
    this.live();
    const known = this.nameLists.get(kind);
    if (known !== undefined) return known;
    const list = kind === "mocap" ? this.mocapNames() : Array.from({ length: this.counts[countOf[kind]] }, (_, id) => this.nameOf(objectTypes[kind], id));
    this.nameLists.set(kind, list);
    return list;
  }

  private mocapNames(): string[] {
    const names: string[] = Array.from({ length: this.counts.nmocap }, () => "");
    for (const [body, name] of this.names("body").entries()) {
      const mocap = this.bodyMocapId(body);
      if (mocap >= 0) names[mocap] = name;
    }
    return names;
  }

  id(kind: SimulationNameKind, name: string): number {
    this.live();
    let ids = this.ids.get(kind);
    if (ids === undefined) {
      ids = new Map(this.names(kind).map((known, index) => [known, index]));
      ids.delete("");
      this.ids.set(kind, ids);
    }
    return ids.get(name) ?? (oneOf(name, [...ids.keys()], { what: `${kind} of scene "${this.xml}":` }), -1);
  }

  jointQposAdr(name: string): number {
    return this.jointAddresses(this.id("joint", name)).qpos;
  }

  jointDofAdr(name: string): number {
    return this.jointAddresses(this.id("joint", name)).dof;
  }

  modelArray<F extends ModelFieldName>(field: F): ModelArray<F> {
    return this.live().copyModel(field);
  }

  contacts(): readonly Contact[] {
    this.live().complete();
    return this.readContacts();
  }

  contactForce(geomA: number, geomB: number): number {
    this.live().complete();
    return this.sumForces(geomA, geomB);
  }

  step(n = 1): void {
    this.live();
    if (!Number.isInteger(n) || n < 0) throw new UserError(`Cannot step simulation "${this.xml}": a whole number of steps is needed, got ${n}.`);
    for (let i = 0; i < n; i++) this.stepOnce();
    this.partial = false;
    this.check("step");
  }

  forward(): void {
    this.live().runForward();
    this.partial = false;
    this.check("compute the forward dynamics of");
  }

  kinematics(): void {
    this.live().runKinematics();
    this.partial = true;
  }

  private complete(): void {
    if (this.partial) this.forward();
  }

  rnePostConstraint(): void {
    this.live().runRnePostConstraint();
  }

  resetData(): void {
    this.live().runReset();
    this.partial = false;
    this.takeWarning();
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.free();
  }

  private check(action: string): void {
    const warning = this.takeWarning();
    const problem = warning >= 0 ? (warningTexts[warning] ?? `MuJoCo warning ${warning}`) : this.nonFinite();
    if (problem !== undefined) {
      throw new Error(`Cannot ${action} simulation "${this.xml}" at ${this.readTime()} s: ${problem}. Check the controls, mocap poses and state that were written; resetData() starts afresh.`);
    }
  }

  /** The first array of the state that holds a number which is not finite. */
  private nonFinite(): string | undefined {
    const { qpos, qvel, act } = this.arrays();
    for (const [name, values] of [["qpos", qpos], ["qvel", qvel], ["act", act]] as const) {
      for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return `${name}[${i}] is ${values[i]}`;
    }
    return undefined;
  }
}
