import { basename } from "node:path";
import { type Robot, type RobotName } from "../../envs/index.js";
import { type ProgressFn, UserError, nearest } from "../../util/index.js";
import { type Hdf5Array, type Hdf5Arrays, type Hdf5Entry, openHdf5Arrays } from "../hdf5.js";
import { type D4rlData, checkStart, robotNamed, robotOf } from "./data.js";

export interface ReadD4rlOptions {
  /** Whose data these are; by default the robot that the file name starts with, or the only one of these widths. */
  readonly robot?: RobotName;
  /** Whether `infos/*` and `metadata/*` are read. Default true. */
  readonly infos?: boolean;
  readonly onProgress?: ProgressFn;
}

const needed = ["observations", "actions", "rewards", "terminals"] as const;
const readable = /^(bool|float32|float64|int8|uint8|int32|int64)$/;
/** Numbers read at once: 1 MB of float32. */
const sliceNumbers = 1 << 18;

/** Fields with a row per step, and how they are read. */
type Kind = "float32" | "flag" | "as it is";
interface Field {
  readonly entry: Hdf5Entry;
  readonly kind: Kind;
}

/**
 * Reads a D4RL file (flat HDF5) in slices: beside the arrays it needs a few megabytes.
 *
 * @throws UserError that names file and field, if one is missing, of another length, width or type, or holds NaN; and
 * for a file that is truncated or another robot's
 * @example const data = await readD4rl("hopper_medium-v2.hdf5")
 */
export async function readD4rl(path: string, { robot, infos = true, onProgress }: ReadD4rlOptions = {}): Promise<D4rlData> {
  const file = await openHdf5Arrays(path);
  try {
    return new D4rlReader(file, { path, ...(onProgress === undefined ? {} : { onProgress }) }).read({ named: robot ?? robotNamed(basename(path)), infos });
  } finally {
    file.close();
  }
}

class D4rlReader {
  private readonly entries: ReadonlyMap<string, Hdf5Entry>;
  private readonly path: string;
  private readonly onProgress: ProgressFn | undefined;
  private numbersDone = 0;
  private numbersTotal = 0;

  constructor(
    private readonly file: Hdf5Arrays,
    { path, onProgress }: { path: string; onProgress?: ProgressFn },
  ) {
    this.path = path;
    this.onProgress = onProgress;
    this.entries = new Map(file.entries.map((entry) => [entry.path, entry]));
  }

  read({ named, infos }: { named: string | undefined; infos: boolean }): D4rlData {
    const fields = this.fields(infos);
    const observations = this.entries.get("observations") as Hdf5Entry;
    const [rows = 0] = observations.shape;
    if (rows === 0) this.fail("observations", "must have at least one row");
    for (const { entry } of fields.values()) if (entry.shape[0] !== rows) this.fail(entry.path, `must have ${rows} rows as observations have, got ${entry.shape[0] ?? 0}`);
    const robot = this.robot(named, observations);
    for (const field of ["rewards", "terminals", "timeouts"]) this.checkWidth(field, 1);
    this.checkWidth("next_observations", robot.observationDim);
    this.numbersTotal = [...fields.values()].reduce((sum, { entry }) => sum + sizeOf(entry), 0);
    const loaded = new Map([...fields].map(([name, { entry, kind }]) => [name, this.load(entry, kind)]));
    const float = (name: string): Float32Array => loaded.get(name) as Float32Array;
    const data: D4rlData = {
      robot: robot.name,
      rows,
      observationDim: robot.observationDim,
      actionDim: robot.actionDim,
      observations: float("observations"),
      actions: float("actions"),
      rewards: float("rewards"),
      terminals: loaded.get("terminals") as Uint8Array,
      ...(loaded.has("timeouts") ? { timeouts: loaded.get("timeouts") as Uint8Array } : {}),
      ...(loaded.has("next_observations") ? { nextObservations: float("next_observations") } : {}),
      infos: Object.fromEntries([...fields].filter(([name]) => name.startsWith("infos/")).map(([name, { entry }]) => [name.slice(6), { shape: entry.shape, data: loaded.get(name) as Hdf5Array["data"] }])),
      metadata: infos ? this.metadata() : {},
    };
    checkStart(robot, { file: this.path, field: "observations", height: data.observations[0] as number });
    return data;
  }

  /** What is read, by name. @throws if a needed one is missing */
  private fields(infos: boolean): Map<string, Field> {
    const fields = new Map<string, Field>();
    for (const name of needed) {
      const entry = this.entries.get(name) ?? this.missing(name);
      fields.set(name, { entry, kind: name === "terminals" ? "flag" : "float32" });
    }
    const { next_observations: next, timeouts } = Object.fromEntries(this.entries) as Record<string, Hdf5Entry | undefined>;
    if (timeouts !== undefined) fields.set("timeouts", { entry: timeouts, kind: "flag" });
    if (next !== undefined) fields.set("next_observations", { entry: next, kind: "float32" });
    if (infos) for (const [name, entry] of this.entries) if (name.startsWith("infos/") && entry.type !== "text") fields.set(name, { entry, kind: "as it is" });
    return fields;
  }

  private missing(name: string): never {
    const names = [...this.entries.keys()].filter((entry) => !entry.startsWith("metadata/"));
    const near = nearest(name, names);
    const episodes = this.file.groups.some((group) => /^episode_\d+$/.test(group));
    const hint = episodes ? " It looks like a Minari file: give the dataset's folder instead." : near === undefined ? "" : ` Was it renamed to "${near}"?`;
    throw new UserError(`Cannot read "${this.path}": "${name}" is needed and not there, got ${names.join(", ") || "no array"}.${hint}`);
  }

  private fail(field: string, problem: string): never {
    throw new UserError(`Cannot read "${this.path}": ${field} ${problem}.`);
  }

  private robot(named: string | undefined, observations: Hdf5Entry): Robot {
    const actions = this.entries.get("actions") as Hdf5Entry;
    for (const { path, shape } of [observations, actions]) if (shape.length !== 2) this.fail(path, `must have shape (rows, numbers), got (${shape.join(", ")})`);
    return robotOf(named, { file: this.path, observationDim: observations.shape[1] as number, actionDim: actions.shape[1] as number });
  }

  private checkWidth(field: string, width: number): void {
    const entry = this.entries.get(field);
    if (entry !== undefined && widthOf(entry) !== width) this.fail(field, `must have shape (${width === 1 ? "rows" : `rows, ${width}`}), got (${entry.shape.join(", ")})`);
  }

  private load(entry: Hdf5Entry, kind: Kind): Float32Array | Float64Array | Uint8Array | Hdf5Array["data"] {
    const { path, shape, type } = entry;
    const floating = type === "float32" || type === "float64";
    if (kind === "float32" && !floating) this.fail(path, `must hold float32 or float64 numbers, got ${type}`);
    if (kind === "flag" && !readable.test(type)) this.fail(path, `must hold booleans or bytes 0 and 1, got ${type}`);
    if (kind === "as it is" && !readable.test(type)) this.fail(path, `must hold booleans, float32, float64, int8, uint8, int32 or int64 numbers, got ${type}`);
    const size = sizeOf(entry);
    const whole = kind === "flag" ? new Uint8Array(size) : kind === "float32" || type === "float32" ? new Float32Array(size) : type === "float64" ? new Float64Array(size) : undefined;
    const width = widthOf(entry);
    const rows = shape[0] as number;
    const chunk = entry.chunkRows ?? 1;
    const step = Math.max(chunk, Math.floor(sliceNumbers / width / chunk) * chunk);
    const parts: Hdf5Array["data"][] = [];
    for (let start = 0; start < rows; start += step) {
      const end = Math.min(rows, start + step);
      const part = this.file.rows(path, { start, end });
      if (floating) this.checkFinite(part as Float32Array, { path, start, width });
      if (kind === "flag") this.checkFlags(part, { path, start });
      if (whole === undefined) parts.push(part);
      else if (part instanceof BigInt64Array) whole.set(Array.from(part, Number), start * width);
      else whole.set(part, start * width);
      this.numbersDone += (end - start) * width;
      this.onProgress?.({ done: this.numbersDone, total: this.numbersTotal, label: `reading ${basename(this.path)}`, detail: path });
    }
    return whole ?? concatenated(parts);
  }

  private checkFinite(part: Float32Array | Float64Array, { path, start, width }: { path: string; start: number; width: number }): void {
    for (let i = 0; i < part.length; i++) {
      if (Number.isFinite(part[i])) continue;
      const row = start + Math.floor(i / width);
      this.fail(path, `must hold finite numbers, got ${part[i]} at [${width === 1 ? row : `${row}, ${i % width}`}]`);
    }
  }

  private checkFlags(part: Hdf5Array["data"], { path, start }: { path: string; start: number }): void {
    for (let i = 0; i < part.length; i++) {
      const flag = Number(part[i]);
      if (flag !== 0 && flag !== 1) this.fail(path, `must hold booleans or 0 and 1, got ${flag} at [${start + i}]`);
    }
  }

  private metadata(): D4rlData["metadata"] {
    const found: Record<string, string | number | Hdf5Array> = {};
    for (const { path, shape } of this.entries.values()) {
      if (!path.startsWith("metadata/")) continue;
      const value = shape.length === 0 ? this.file.scalar(path) : shape[0] === 0 ? undefined : this.numbers(path, shape);
      if (value !== undefined) found[path.slice(9)] = value;
    }
    return found;
  }

  private numbers(path: string, shape: readonly number[]): Hdf5Array | undefined {
    return readable.test(this.entries.get(path)?.type ?? "") ? { shape, data: this.file.rows(path, { start: 0, end: shape[0] as number }) } : undefined;
  }
}

const widthOf = ({ shape }: Hdf5Entry): number => shape.slice(1).reduce((product, size) => product * size, 1);
const sizeOf = ({ shape }: Hdf5Entry): number => shape.reduce((product, size) => product * size, 1);

function concatenated(parts: readonly Hdf5Array["data"][]): Hdf5Array["data"] {
  const [first] = parts;
  if (first === undefined || parts.length === 1) return first ?? new Float32Array(0);
  const Kind = first.constructor as new (length: number) => Float64Array;
  const whole = new Kind(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part as unknown as Float64Array, at);
    at += part.length;
  }
  return whole;
}
