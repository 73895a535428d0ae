import { join } from "node:path";
import { UserError, messageOf, oneOf } from "../../util/index.js";
import type { SimulationArrays } from "./arrays.js";
import type { ModelArray, ModelFieldName } from "./model-fields.js";

/** What carries a scene: MuJoCo's native library, or its WebAssembly build (half as fast, runs everywhere). */
export type SimulationBackend = "native" | "wasm";

/** Kinds of named things in a scene; a "mocap" is named by its body. */
export type SimulationNameKind = "body" | "geom" | "site" | "joint" | "actuator" | "sensor" | "camera" | "mocap";

/** Two geoms that touch: their ids, distance in metres (negative: they overlap) and the contact's first constraint force in newtons, as MuJoCo's efc_force holds it (0: none). */
export interface Contact {
  readonly geom1: number;
  readonly geom2: number;
  readonly distance: number;
  readonly force: number;
}

/**
 * One loaded scene with its state: MuJoCo's model and data.
 *
 * All arrays are live, flat, row-major views: read them through the getters each time, they are cheap. After
 * `dispose` every access throws; arrays kept from before are empty (native) or belong to memory that nothing uses (wasm).
 *
 * @example
 * const simulation = await loadSimulation({ assets, xml: "sawyer_xyz/sawyer_drawer.xml" });
 * simulation.step(5);
 * simulation.xpos.slice(3 * simulation.id("body", "hand")); // x, y, z, …
 */
export interface Simulation extends SimulationArrays {
  readonly backend: SimulationBackend;
  /** Path of the scene relative to its asset folder. */
  readonly xml: string;
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
  /** Seconds of simulated time per step. */
  readonly timestep: number;
  /** Simulated time in seconds. */
  time: number;

  /** The id of a named thing. @throws UserError with the nearest match and the legal names */
  id(kind: SimulationNameKind, name: string): number;
  /** All names of a kind, in the order of their ids; "" for the nameless. */
  names(kind: SimulationNameKind): readonly string[];
  /** Where a joint's position starts in `qpos`. */
  jointQposAdr(name: string): number;
  /** Where a joint's velocity starts in `qvel`. */
  jointDofAdr(name: string): number;
  /** A copy of a field of the model that tells what the scene looks like. */
  modelArray<F extends ModelFieldName>(field: F): ModelArray<F>;
  /** The contacts of the last step or forward; after `kinematics` those of this state, which costs a forward once. */
  contacts(): readonly Contact[];
  /** Sum of `Contact.force` over the contacts of two geoms in newtons, 0 where they do not touch. */
  contactForce(geomA: number, geomB: number): number;

  /** n × mj_step. @throws if the state is not finite or MuJoCo warns; `resetData` makes the simulation usable again */
  step(n?: number): void;
  /** mj_forward: everything that follows from the state, without advancing time. */
  forward(): void;
  /** mj_kinematics: where bodies, geoms and sites are in this state, and no more; contacts follow when they are asked for. */
  kinematics(): void;
  /** mj_rnePostConstraint: `cfrcExt`. */
  rnePostConstraint(): void;
  /** mj_resetData: state of the scene file; the model keeps what was written to it. */
  resetData(): void;
  /** Frees the scene; twice is fine. */
  dispose(): void;
}

export interface LoadSimulationOptions {
  /** Scene file, relative to `assets`. */
  readonly xml: string;
  /** Folder that holds the scene and all that it includes. */
  readonly assets: string;
  /** "auto" (default) takes the native library where it loads, otherwise WebAssembly; `LLMDPD_MUJOCO_BACKEND` overrides "auto". */
  readonly backend?: SimulationBackend | "auto";
  /** Whether textures are loaded too; the native library always does. Default false. */
  readonly textures?: boolean;
  /**
   * Whether constraints are sorted into groups of bodies that do not touch each other (MuJoCo's islands), to be solved
   * apart. Default true. A scene of one robot has one group: without the search the numbers are the same and come sooner.
   */
  readonly islands?: boolean;
}

/** The backend that an option and the environment ask for. */
export function requestedBackend(option: string = "auto"): SimulationBackend | "auto" {
  const named = option === "auto" ? (process.env["LLMDPD_MUJOCO_BACKEND"] ?? "auto") : option;
  return oneOf(named, ["auto", "native", "wasm"], { what: "MuJoCo backend" });
}

/**
 * Loads a scene.
 *
 * @throws UserError if the scene does not load, with MuJoCo's own message, or if the named backend is not there
 * @example await loadSimulation({ assets: join(assetPath("metaworld"), "assets"), xml: "sawyer_xyz/sawyer_drawer.xml" })
 */
export async function loadSimulation({ xml, assets, backend, textures = false, islands = true }: LoadSimulationOptions): Promise<Simulation> {
  const { chosen } = await chooseBackend(backend);
  const path = join(assets, xml);
  if (chosen === "native") {
    const { loadNative } = await import("./native.js");
    return loadNative(path, { xml, islands });
  }
  const { loadWasm } = await import("./wasm.js");
  return await loadWasm(path, { xml, assets, textures, islands });
}

/**
 * What an environment step costs at least: five mj_step, mj_rnePostConstraint and mj_forward, called with nothing
 * around them. For benchmarks.
 *
 * @throws UserError if the simulation is not of the native library
 */
export async function bareStep(simulation: Simulation): Promise<() => void> {
  const { NativeSimulation } = await import("./native.js");
  if (!(simulation instanceof NativeSimulation)) throw new UserError(`Cannot time the bare physics of "${simulation.xml}": the native library is required, got ${simulation.backend}.`);
  return () => simulation.bareStep();
}

/** The backend that `loadSimulation` takes, and why, for `llmdpd doctor`. */
export async function chooseBackend(option?: SimulationBackend | "auto"): Promise<{ chosen: SimulationBackend; reason: string }> {
  const wanted = requestedBackend(option);
  if (wanted === "wasm") return { chosen: "wasm", reason: "asked for" };
  const { openLibrary } = await import("./native.js");
  try {
    const { file } = openLibrary();
    return { chosen: "native", reason: `MuJoCo's library is at ${file}` };
  } catch (error) {
    if (wanted === "native") throw new UserError(`Cannot use the native MuJoCo: ${messageOf(error)}`, { cause: error });
    return { chosen: "wasm", reason: `the native library does not load: ${messageOf(error)}` };
  }
}
