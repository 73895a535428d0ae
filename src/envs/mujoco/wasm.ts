import { readFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join, posix, relative, sep } from "node:path";
import type { MainModule, MjData, MjModel } from "@mujoco/mujoco";
import { UserError, messageOf } from "../../util/index.js";
import { arrayFields, arrayLength, arrayNames, type SimulationArrays } from "./arrays.js";
import { BaseSimulation, noIslands, warningCount } from "./base.js";
import { type ModelArray, type ModelFieldName, modelArrayTypes, modelFields } from "./model-fields.js";
import { orderPolygons } from "./polygon-order.js";
import type { Contact, Simulation } from "./simulation.js";

/** The two calls of the engine's WebAssembly interface that are needed, which Node's own types leave out. */
interface Wasm {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<object>;
}
const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: Wasm };

let compiled: Promise<object> | undefined;

function compile(): Promise<object> {
  const file = createRequire(import.meta.url).resolve("@mujoco/mujoco/mujoco.wasm");
  compiled ??= readFile(file).then((bytes) => wasm.compile(bytes));
  return compiled;
}

/**
 * A fresh instance of the module for each simulation: its memory then never grows under another one's views, and
 * arrays kept after `dispose` can touch nothing that is in use. The code is compiled once per thread.
 */
async function instantiate(): Promise<MainModule> {
  const module = await compile();
  const { default: load } = await import("@mujoco/mujoco");
  return await load({
    instantiateWasm: (imports: object, done: (instance: object, module: object) => void) => {
      void wasm.instantiate(module, imports).then((instance) => done(instance, module));
      return {};
    },
    // Warnings are read from their counters and errors are thrown: nothing is left to print.
    print: () => undefined,
    printErr: () => undefined,
  });
}

const meshFile = /\.(stl|obj|msh)$/i;

/** Copies scenes and meshes into the module's own file system, the only one that it sees; textures, which move nothing, stay out unless asked for. */
async function copyAssets(module: MainModule, { from, to, textures }: { from: string; to: string; textures: boolean }): Promise<void> {
  module.FS.mkdirTree(to, 0o777);
  const entries = await readdir(from, { withFileTypes: true });
  for (const entry of entries) {
    const source = join(from, entry.name);
    const target = posix.join(to, entry.name);
    if (entry.isDirectory()) await copyAssets(module, { from: source, to: target, textures });
    else if (entry.name.endsWith(".xml")) module.FS.writeFile(target, textures ? await readFile(source) : withoutTextures(await readFile(source, "utf8")));
    else if (meshFile.test(entry.name) || (textures && entry.name.endsWith(".png"))) module.FS.writeFile(target, await readFile(source));
  }
}

/** A scene without its textures and the materials' references to them. */
export function withoutTextures(scene: string): string {
  return scene
    .replaceAll(/<!--[\s\S]*?-->/g, "")
    .replaceAll(/<texture\b[^>]*?(?:\/>|>[\s\S]*?<\/texture>)/g, "")
    .replaceAll(/\stexture\s*=\s*"[^"]*"/g, "");
}

/** Loads a scene into MuJoCo's WebAssembly build. */
export async function loadWasm(path: string, { xml, assets, textures = false, islands = true }: { xml: string; assets: string; textures?: boolean; islands?: boolean }): Promise<Simulation> {
  const inside = relative(assets, path);
  if (inside.startsWith("..") || isAbsolute(inside)) throw new UserError(`Cannot load scene "${xml}": it must lie in its asset folder ${assets}.`);
  const module = await instantiate();
  try {
    await copyAssets(module, { from: assets, to: "/assets", textures });
    const model = module.MjModel.from_xml_path(posix.join("/assets", ...inside.split(sep)));
    orderPolygons(model);
    if (!islands) model.opt.disableflags |= noIslands;
    return new WasmSimulation(xml, { module, model, data: new module.MjData(model) });
  } catch (error) {
    const text = messageOf(error).replace(/^MuJoCo Error:\s*(Loading error:\s*)?/, "").trim();
    throw new UserError(`Cannot load scene "${xml}" from ${dirname(path)}: ${text}`, { cause: error });
  }
}

class WasmSimulation extends BaseSimulation {
  readonly backend = "wasm";
  private readonly module: MainModule;
  private readonly model: MjModel;
  private readonly data: MjData;
  private views: SimulationArrays;
  private memory: ArrayBuffer;
  private seen: number[] = [];
  /** Set where mj_step found a bad state and silently started afresh. */
  private restarted = false;

  constructor(xml: string, { module, model, data }: { module: MainModule; model: MjModel; data: MjData }) {
    const { nq, nv, nu, na, nbody, njnt, ngeom, nsite, nmocap, neq, nsensor, nsensordata, ncam } = model;
    super(xml, { nq, nv, nu, na, nbody, njnt, ngeom, nsite, nmocap, neq, nsensor, nsensordata, ncam });
    this.module = module;
    this.model = model;
    this.data = data;
    this.views = this.fetchViews();
    this.memory = this.views.xpos.buffer as ArrayBuffer;
    this.seen = this.readCounters();
  }

  /** Reads every array anew; a wrong length would mean another MuJoCo than the table's. */
  private fetchViews(): SimulationArrays {
    const owners = { model: this.model as unknown as Record<string, Float64Array>, data: this.data as unknown as Record<string, Float64Array> };
    const views = Object.fromEntries(arrayNames.map((name) => [name, owners[arrayFields[name].owner][arrayFields[name].field]])) as unknown as SimulationArrays;
    for (const name of arrayNames) {
      const wanted = arrayLength(name, this.counts);
      if (views[name].length !== wanted) throw new Error(`${name} has ${views[name].length} numbers instead of ${wanted}`);
    }
    return views;
  }

  protected arrays(): SimulationArrays {
    if (this.memory.byteLength === 0) {
      this.views = this.fetchViews();
      this.memory = this.views.xpos.buffer as ArrayBuffer;
    }
    return this.views;
  }

  protected readTime(): number {
    return this.data.time;
  }

  protected writeTime(seconds: number): void {
    this.data.time = seconds;
  }

  protected readTimestep(): number {
    return this.model.opt.timestep;
  }

  protected nameOf(objectType: number, id: number): string {
    return this.module.mj_id2name(this.model, objectType, id) ?? "";
  }

  protected copyModel<F extends ModelFieldName>(field: F): ModelArray<F> {
    const numbers = modelArrayTypes[modelFields[field].type];
    return new numbers((this.model as unknown as Record<ModelFieldName, ArrayLike<number>>)[field]) as ModelArray<F>;
  }

  protected bodyMocapId(body: number): number {
    return (this.model.body_mocapid as Int32Array)[body] as number;
  }

  protected jointAddresses(joint: number): { qpos: number; dof: number } {
    return { qpos: (this.model.jnt_qposadr as Int32Array)[joint] as number, dof: (this.model.jnt_dofadr as Int32Array)[joint] as number };
  }

  /** The contact list is a copy, its elements too: each is freed by hand. */
  protected readContacts(): Contact[] {
    const list = this.data.contact;
    const forces = this.data.efc_force as Float64Array;
    try {
      return Array.from({ length: list.size() }, (_, i) => {
        const contact = list.get(i);
        if (contact === undefined) throw new Error(`Cannot read contact ${i}`);
        const { geom1, geom2, dist, efc_address: address } = contact;
        contact.delete();
        return { geom1, geom2, distance: dist, force: forces[address] ?? 0 };
      });
    } finally {
      list.delete();
    }
  }

  protected sumForces(geomA: number, geomB: number): number {
    let sum = 0;
    for (const { geom1, geom2, force } of this.readContacts()) {
      if ((geom1 === geomA && geom2 === geomB) || (geom1 === geomB && geom2 === geomA)) sum += force;
    }
    return sum;
  }

  protected stepOnce(): void {
    const before = this.data.time;
    this.module.mj_step(this.model, this.data);
    if (this.data.time <= before) this.restarted = true;
  }

  protected runForward(): void {
    this.module.mj_forward(this.model, this.data);
  }

  protected runKinematics(): void {
    this.module.mj_kinematics(this.model, this.data);
  }

  protected runRnePostConstraint(): void {
    this.module.mj_rnePostConstraint(this.model, this.data);
  }

  protected runReset(): void {
    this.module.mj_resetData(this.model, this.data);
  }

  /** The list belongs to the data (deleting it aborts the module), its elements are copies. */
  private readCounters(): number[] {
    const list = this.data.warning;
    return Array.from({ length: warningCount }, (_, i) => {
      const entry = list.get(i);
      const raised = entry?.number ?? 0;
      entry?.delete();
      return raised;
    });
  }

  /** The counters cannot be written, so their last values are kept; a silent restart leaves them as they were. */
  protected takeWarning(): number {
    const counters = this.readCounters();
    const raised = counters.findIndex((count, i) => count > (this.seen[i] ?? 0) || (this.restarted && count > 0));
    this.seen = counters;
    this.restarted = false;
    return raised;
  }

  protected free(): void {
    this.data.delete();
    this.model.delete();
  }
}
