/** Arrays of a simulation: flat, row-major, live views on MuJoCo's memory. Lengths in MuJoCo's own counts. */
export interface SimulationArrays {
  /** Joint positions (nq): metres, radians, unit quaternions w x y z. */
  readonly qpos: Float64Array;
  /** Joint velocities (nv). */
  readonly qvel: Float64Array;
  /** Actuator activations (na). */
  readonly act: Float64Array;
  /** Controls (nu). */
  readonly ctrl: Float64Array;
  /** Positions of mocap bodies (nmocap × 3). */
  readonly mocapPos: Float64Array;
  /** Orientations of mocap bodies (nmocap × 4), w x y z. */
  readonly mocapQuat: Float64Array;
  /** Accelerations (nv). */
  readonly qacc: Float64Array;
  /** Start of the solver's next solution (nv); part of the state. */
  readonly qaccWarmstart: Float64Array;
  /** Body positions in the world (nbody × 3). */
  readonly xpos: Float64Array;
  /** Body orientations in the world (nbody × 4), w x y z. */
  readonly xquat: Float64Array;
  /** Body orientations in the world (nbody × 9), rotation matrices by rows. */
  readonly xmat: Float64Array;
  /** Geom positions in the world (ngeom × 3). */
  readonly geomXpos: Float64Array;
  /** Geom orientations in the world (ngeom × 9). */
  readonly geomXmat: Float64Array;
  /** Site positions in the world (nsite × 3). */
  readonly siteXpos: Float64Array;
  /** Site orientations in the world (nsite × 9). */
  readonly siteXmat: Float64Array;
  /** Sensor readings (nsensordata). */
  readonly sensordata: Float64Array;
  /** Forces on bodies from outside (nbody × 6), torque then force; set by `rnePostConstraint`. */
  readonly cfrcExt: Float64Array;
  /** Positions of the scene file (nq). */
  readonly qpos0: Float64Array;
  /** Body positions in their parent (nbody × 3); model, writable. */
  readonly bodyPos: Float64Array;
  /** Body orientations in their parent (nbody × 4); model, writable. */
  readonly bodyQuat: Float64Array;
  /** Geom positions in their body (ngeom × 3); model. */
  readonly geomPos: Float64Array;
  /** Geom orientations in their body (ngeom × 4); model. */
  readonly geomQuat: Float64Array;
  /** Site positions in their body (nsite × 3); model, writable. */
  readonly sitePos: Float64Array;
  /** Site orientations in their body (nsite × 4); model, writable. */
  readonly siteQuat: Float64Array;
  /** Parameters of equality constraints (neq × 11); model, writable. */
  readonly eqData: Float64Array;
}

/** Counts of a model that give the arrays their lengths. */
export interface ModelCounts {
  readonly nq: number;
  readonly nv: number;
  readonly nu: number;
  readonly na: number;
  readonly nbody: number;
  readonly njnt: number;
  readonly ngeom: number;
  readonly nsite: number;
  readonly nmocap: number;
  readonly neq: number;
  readonly nsensor: number;
  readonly nsensordata: number;
  readonly ncam: number;
}

/** Where an array lies: struct, field of that struct in C, rows and columns. */
export interface ArrayField {
  readonly owner: "model" | "data";
  readonly field: string;
  readonly rows: keyof ModelCounts;
  readonly width: number;
}

const data = <F extends string>(field: F, rows: keyof ModelCounts, { width = 1 } = {}) => ({ owner: "data", field, rows, width }) as const;
const model = <F extends string>(field: F, rows: keyof ModelCounts, { width = 1 } = {}) => ({ owner: "model", field, rows, width }) as const;

/** One row per array: both adapters build their views from this table. */
export const arrayFields = {
  qpos: data("qpos", "nq"),
  qvel: data("qvel", "nv"),
  act: data("act", "na"),
  ctrl: data("ctrl", "nu"),
  mocapPos: data("mocap_pos", "nmocap", { width: 3 }),
  mocapQuat: data("mocap_quat", "nmocap", { width: 4 }),
  qacc: data("qacc", "nv"),
  qaccWarmstart: data("qacc_warmstart", "nv"),
  xpos: data("xpos", "nbody", { width: 3 }),
  xquat: data("xquat", "nbody", { width: 4 }),
  xmat: data("xmat", "nbody", { width: 9 }),
  geomXpos: data("geom_xpos", "ngeom", { width: 3 }),
  geomXmat: data("geom_xmat", "ngeom", { width: 9 }),
  siteXpos: data("site_xpos", "nsite", { width: 3 }),
  siteXmat: data("site_xmat", "nsite", { width: 9 }),
  sensordata: data("sensordata", "nsensordata"),
  cfrcExt: data("cfrc_ext", "nbody", { width: 6 }),
  qpos0: model("qpos0", "nq"),
  bodyPos: model("body_pos", "nbody", { width: 3 }),
  bodyQuat: model("body_quat", "nbody", { width: 4 }),
  geomPos: model("geom_pos", "ngeom", { width: 3 }),
  geomQuat: model("geom_quat", "ngeom", { width: 4 }),
  sitePos: model("site_pos", "nsite", { width: 3 }),
  siteQuat: model("site_quat", "nsite", { width: 4 }),
  eqData: model("eq_data", "neq", { width: 11 }),
} as const satisfies Record<keyof SimulationArrays, ArrayField>;

/** Names of the arrays, in the order of the table. */
export const arrayNames = Object.keys(arrayFields) as readonly (keyof SimulationArrays)[];

/** How many float64 numbers an array holds. */
export function arrayLength(name: keyof SimulationArrays, counts: ModelCounts): number {
  const { rows, width } = arrayFields[name];
  return counts[rows] * width;
}
