import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import koffi from "koffi";
import { UserError, assetPath, messageOf } from "../../util/index.js";
import { arrayFields, arrayLength, arrayNames, type ModelCounts, type SimulationArrays } from "./arrays.js";
import { BaseSimulation, noIslands, warningCount } from "./base.js";
import { detach } from "./detach.js";
import { layout } from "./layout.js";
import { type ModelArray, type ModelFieldName, modelArrayTypes, modelFields } from "./model-fields.js";
import type { Contact } from "./simulation.js";

/** An address in native memory, as koffi writes it. */
type Address = bigint;

interface Library {
  readonly file: string;
  readonly loadXml: (path: string, vfs: null, error: Buffer, size: number) => Address | null;
  readonly makeData: (model: Address) => Address | null;
  readonly step: (model: Address, data: Address) => void;
  readonly forward: (model: Address, data: Address) => void;
  readonly kinematics: (model: Address, data: Address) => void;
  readonly rnePostConstraint: (model: Address, data: Address) => void;
  readonly resetData: (model: Address, data: Address) => void;
  readonly deleteData: (data: Address) => void;
  readonly deleteModel: (model: Address) => void;
  readonly idToName: (model: Address, type: number, id: number) => string | null;
}

let opened: Library | undefined;

/**
 * MuJoCo's native library, loaded once per thread.
 *
 * Its default error handler stays in place: a fatal error inside MuJoCo prints its message and ends the process, since
 * a handler in JavaScript would return into code that cannot go on.
 *
 * @throws UserError if it is not there, is another version, or does not load
 */
export function openLibrary(): Library {
  opened ??= bind(libraryFile());
  return opened;
}

/** Finds the shared library in the folder of the wheel, or takes the file that LLMDPD_MUJOCO names. */
function libraryFile(): string {
  const path = assetPath("mujoco");
  if (!statSync(path).isDirectory()) return path;
  const name = readdirSync(path).find((entry) => /^(lib)?mujoco.*\.(so|dylib|dll)(\.[\d.]+)?$/.test(entry));
  if (name === undefined) throw new UserError(`Cannot find MuJoCo's library in "${path}": expected libmujoco.so.*, libmujoco.*.dylib or mujoco.dll. Run \`npm run setup\`.`);
  return join(path, name);
}

function bind(file: string): Library {
  let lib: ReturnType<typeof koffi.load>;
  try {
    lib = koffi.load(file);
  } catch (error) {
    throw new UserError(`Cannot load MuJoCo's library "${file}": ${messageOf(error)}`, { cause: error });
  }
  const version = lib.func("int mj_version()")() as number;
  if (version !== layout.version) {
    throw new UserError(`Cannot use MuJoCo's library "${file}": version ${layout.version} is needed, got ${version}. Run \`npm run setup\`.`);
  }
  silence(lib);
  return {
    file,
    loadXml: lib.func("void* mj_loadXML(const char*, void*, void*, int)"),
    makeData: lib.func("void* mj_makeData(void*)"),
    step: lib.func("void mj_step(void*, void*)"),
    forward: lib.func("void mj_forward(void*, void*)"),
    kinematics: lib.func("void mj_kinematics(void*, void*)"),
    rnePostConstraint: lib.func("void mj_rnePostConstraint(void*, void*)"),
    resetData: lib.func("void mj_resetData(void*, void*)"),
    deleteData: lib.func("void mj_deleteData(void*)"),
    deleteModel: lib.func("void mj_deleteModel(void*)"),
    idToName: lib.func("const char* mj_id2name(void*, int, int)"),
  };
}

/**
 * Keeps MuJoCo from writing MUJOCO_LOG.TXT into the working directory and warnings to the terminal: warnings are read
 * from their counters instead. The silent handler is a function of the library itself that ignores its argument, so
 * that no JavaScript is called from MuJoCo, in whichever thread.
 */
function silence(lib: ReturnType<typeof koffi.load>): void {
  const { mjLogConfig } = layout;
  const size = mjLogConfig.logfile - mjLogConfig.logto_file - 1;
  if (size !== 0) throw new Error("Layout of mjLogConfig has changed");
  const config = koffi.struct({ console: "bool", file: "bool", logfile: koffi.array("char", 1024, "String"), topics: "int" });
  const set = lib.func("mju_setLogConfig", "void", [config]);
  set({ console: true, file: false, logfile: "", topics: 0 });
  koffi.encode(lib.symbol("mju_user_warning") as Address, "void*", lib.symbol("mj_version") as Address);
}

/** Loads a scene from disk, with its includes, meshes and textures. */
export function loadNative(path: string, { xml, islands = true }: { xml: string; islands?: boolean }): NativeSimulation {
  const library = openLibrary();
  const message = Buffer.alloc(1000);
  const model = library.loadXml(path, null, message, message.length);
  if (model === null) throw new UserError(`Cannot load scene "${xml}" from ${dirname(path)}: ${cString(message)}`);
  const data = library.makeData(model);
  if (data === null) {
    library.deleteModel(model);
    throw new UserError(`Cannot make the state of scene "${xml}": out of memory.`);
  }
  try {
    const simulation = new NativeSimulation(xml, { library, model, data });
    if (!islands) simulation.skipIslands();
    return simulation;
  } catch (error) {
    library.deleteData(data);
    library.deleteModel(model);
    throw error;
  }
}

function cString(buffer: Buffer): string {
  return buffer.toString("utf8", 0, Math.max(0, buffer.indexOf(0))).trim();
}

/** A C struct and the block of memory that its pointers point into. */
class Block {
  readonly struct: ArrayBuffer;
  readonly buffer: ArrayBuffer;
  readonly words: DataView;
  private readonly start: Address;

  constructor(address: Address, { size, bytesAt, pointerAt }: { size: number; bytesAt: number; pointerAt: number }) {
    this.struct = koffi.view(address, size);
    this.words = new DataView(this.struct);
    this.start = this.words.getBigUint64(pointerAt, true);
    this.buffer = koffi.view(this.start, this.long(bytesAt));
  }

  /** A 64-bit count. */
  long(offset: number): number {
    return Number(this.words.getBigInt64(offset, true));
  }

  int(offset: number): number {
    return this.words.getInt32(offset, true);
  }

  /** Where the array of a pointer field starts in the block, checked to lie inside. */
  place(pointerAt: number, bytes: number): number {
    const offset = Number(this.words.getBigUint64(pointerAt, true) - this.start);
    if (offset < 0 || offset + bytes > this.buffer.byteLength || offset % 4 !== 0) {
      throw new UserError("Cannot read MuJoCo's memory: its structs differ from the table of this version. Run `npm run setup`.");
    }
    return offset;
  }

  doubles(pointerAt: number, length: number): Float64Array {
    return length === 0 ? new Float64Array(0) : new Float64Array(this.buffer, this.place(pointerAt, 8 * length), length);
  }

  ints(pointerAt: number, length: number): Int32Array {
    return length === 0 ? new Int32Array(0) : new Int32Array(this.buffer, this.place(pointerAt, 4 * length), length);
  }

  /** Empties every view, so that none can read or write memory that is freed. */
  detach(): void {
    detach(this.struct);
    detach(this.buffer);
  }
}

const { mjModel, mjData, mjContact } = layout;

/** A scene in MuJoCo's native library. */
export class NativeSimulation extends BaseSimulation {
  readonly backend = "native";
  private readonly library: Library;
  private readonly model: Address;
  private readonly data: Address;
  private readonly modelBlock: Block;
  private readonly dataBlock: Block;
  private readonly arena: Block;
  private readonly views: SimulationArrays;
  private readonly warnings: Int32Array;
  private readonly seconds: Float64Array;
  private readonly mocapIds: Int32Array;
  private readonly qposAddresses: Int32Array;
  private readonly dofAddresses: Int32Array;

  constructor(xml: string, { library, model, data }: { library: Library; model: Address; data: Address }) {
    const modelBlock = new Block(model, { size: mjModel.size, bytesAt: mjModel.nbuffer, pointerAt: mjModel.buffer });
    const count = (name: keyof ModelCounts): number => modelBlock.long(mjModel[name]);
    const counts: ModelCounts = {
      nq: count("nq"), nv: count("nv"), nu: count("nu"), na: count("na"), nbody: count("nbody"), njnt: count("njnt"), ngeom: count("ngeom"),
      nsite: count("nsite"), nmocap: count("nmocap"), neq: count("neq"), nsensor: count("nsensor"), nsensordata: count("nsensordata"), ncam: count("ncam"),
    };
    super(xml, counts);
    this.library = library;
    this.model = model;
    this.data = data;
    this.modelBlock = modelBlock;
    this.dataBlock = new Block(data, { size: mjData.size, bytesAt: mjData.nbuffer, pointerAt: mjData.buffer });
    this.arena = new Block(data, { size: mjData.size, bytesAt: mjData.narena, pointerAt: mjData.arena });
    const blocks = { model: this.modelBlock, data: this.dataBlock };
    const offsets = { model: mjModel as Record<string, number>, data: mjData as Record<string, number> };
    this.views = Object.fromEntries(
      arrayNames.map((name) => {
        const { owner, field } = arrayFields[name];
        return [name, blocks[owner].doubles(offsets[owner][field] as number, arrayLength(name, counts))];
      }),
    ) as unknown as SimulationArrays;
    this.warnings = new Int32Array(this.dataBlock.struct, mjData.warning, 2 * warningCount);
    this.seconds = new Float64Array(this.dataBlock.struct, mjData.time, 1);
    this.mocapIds = modelBlock.ints(mjModel.body_mocapid, counts.nbody);
    this.qposAddresses = modelBlock.ints(mjModel.jnt_qposadr, counts.njnt);
    this.dofAddresses = modelBlock.ints(mjModel.jnt_dofadr, counts.njnt);
  }

  protected arrays(): SimulationArrays {
    return this.views;
  }

  protected readTime(): number {
    return this.seconds[0] as number;
  }

  protected writeTime(seconds: number): void {
    this.seconds[0] = seconds;
  }

  protected readTimestep(): number {
    return this.modelBlock.words.getFloat64(mjModel.opt + layout.mjOption.timestep, true);
  }

  protected nameOf(objectType: number, id: number): string {
    return this.library.idToName(this.model, objectType, id) ?? "";
  }

  protected copyModel<F extends ModelFieldName>(field: F): ModelArray<F> {
    const { type, rows, width } = modelFields[field];
    const numbers = modelArrayTypes[type];
    const length = this.modelBlock.long(mjModel[rows]) * width;
    const bytes = length * numbers.BYTES_PER_ELEMENT;
    const start = length === 0 ? 0 : this.modelBlock.place(mjModel[field], bytes);
    return new numbers(this.modelBlock.buffer.slice(start, start + bytes)) as ModelArray<F>;
  }

  protected bodyMocapId(body: number): number {
    return this.mocapIds[body] as number;
  }

  protected jointAddresses(joint: number): { qpos: number; dof: number } {
    return { qpos: this.qposAddresses[joint] as number, dof: this.dofAddresses[joint] as number };
  }

  /** Contacts lie in the arena; so do the constraint forces, at a place that changes with every step. */
  private contactWords(): { words: DataView; first: number; forces: Float64Array; count: number } {
    const count = this.dataBlock.int(mjData.ncon);
    const constraints = this.dataBlock.int(mjData.nefc);
    const first = count === 0 ? 0 : this.arena.place(mjData.contact, count * mjContact.size);
    return { words: new DataView(this.arena.buffer), first, forces: this.arena.doubles(mjData.efc_force, constraints), count };
  }

  protected readContacts(): Contact[] {
    const { words, first, forces, count } = this.contactWords();
    return Array.from({ length: count }, (_, i) => {
      const at = first + i * mjContact.size;
      return {
        geom1: words.getInt32(at + mjContact.geom1, true),
        geom2: words.getInt32(at + mjContact.geom2, true),
        distance: words.getFloat64(at + mjContact.dist, true),
        force: forces[words.getInt32(at + mjContact.efc_address, true)] ?? 0,
      };
    });
  }

  protected sumForces(geomA: number, geomB: number): number {
    const { words, first, forces, count } = this.contactWords();
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const at = first + i * mjContact.size;
      const one = words.getInt32(at + mjContact.geom1, true);
      const two = words.getInt32(at + mjContact.geom2, true);
      if ((one === geomA && two === geomB) || (one === geomB && two === geomA)) sum += forces[words.getInt32(at + mjContact.efc_address, true)] ?? 0;
    }
    return sum;
  }

  skipIslands(): void {
    const { words } = this.modelBlock;
    const at = mjModel.opt + layout.mjOption.disableflags;
    words.setInt32(at, words.getInt32(at, true) | noIslands, true);
  }

  /** The calls of one environment step of Meta-World and nothing around them, for comparison: their time is MuJoCo's own. */
  bareStep(): void {
    const { library, model, data } = this;
    for (let i = 0; i < 5; i++) library.step(model, data);
    library.rnePostConstraint(model, data);
    library.forward(model, data);
  }

  protected stepOnce(): void {
    this.library.step(this.model, this.data);
  }

  protected runForward(): void {
    this.library.forward(this.model, this.data);
  }

  protected runKinematics(): void {
    this.library.kinematics(this.model, this.data);
  }

  protected runRnePostConstraint(): void {
    this.library.rnePostConstraint(this.model, this.data);
  }

  protected runReset(): void {
    this.library.resetData(this.model, this.data);
  }

  protected takeWarning(): number {
    const { warnings } = this;
    for (let i = 0; i < warningCount; i++) {
      if (warnings[2 * i + 1] !== 0) {
        for (let j = 0; j < warningCount; j++) warnings[2 * j + 1] = 0;
        return i;
      }
    }
    return -1;
  }

  protected free(): void {
    for (const block of [this.modelBlock, this.dataBlock, this.arena]) block.detach();
    this.library.deleteData(this.data);
    this.library.deleteModel(this.model);
  }
}
