import { existsSync, statSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Dataset, File, Group, GuessableDataTypes } from "h5wasm/node";
import { UserError, messageOf } from "../util/index.js";

/** Numbers that an HDF5 file holds here. */
export type Hdf5Numbers = Float32Array | Float64Array | Int8Array | Uint8Array | Int32Array | BigInt64Array;

export interface Hdf5Array {
  readonly shape: readonly number[];
  readonly data: Hdf5Numbers;
  /** Rows of a compressed chunk, for files that are read in slices; without it, an array is one chunk. */
  readonly chunkRows?: number;
}

/** Integers are read as numbers; a `number` is written as a float64, a `bigint` as a 64-bit integer. */
export type Hdf5Attribute = string | number | bigint | Float64Array;

/** A group with all that is in it. */
export interface Hdf5Group {
  readonly attributes: Readonly<Record<string, Hdf5Attribute>>;
  readonly arrays: Readonly<Record<string, Hdf5Array>>;
  readonly groups: Readonly<Record<string, Hdf5Group>>;
  /** Scalars among the datasets; written, not read. */
  readonly scalars?: Readonly<Record<string, string | number>>;
}

type H5wasm = typeof import("h5wasm/node").default;

let library: Promise<H5wasm> | undefined;

/** The only door to h5wasm. Its error handler is set to throw: the default one prints C stacks to the terminal and goes on. */
function loadLibrary(): Promise<H5wasm> {
  library ??= import("h5wasm/node").then(async ({ default: h5wasm }) => {
    const module = await h5wasm.ready;
    (module as unknown as { activate_throwing_error_handler(): number }).activate_throwing_error_handler();
    return h5wasm;
  });
  return library;
}

/** The most telling line of HDF5's error stack, which lists causes from the outside in. */
function causeOf(error: unknown): string {
  const lines = messageOf(error).split("\n");
  const told = /error message = '([^']+)'/.exec(messageOf(error))?.[1];
  if (told !== undefined && told !== "Success") return told;
  const numbered = lines.filter((line) => /^\s*#\d+:/.test(line));
  const last = numbered.at(-1)?.replace(/^.*\(\): /, "");
  return last ?? lines[0] ?? "unknown error";
}

/** Takes the parts of a file one by one, so that the whole never has to be in memory. */
export interface Hdf5Writer {
  /** Adds a group below the root. */
  group(name: string, content: Hdf5Group): void;
  /** Adds an array to the root. */
  array(name: string, array: Hdf5Array): void;
  /** Adds attributes to the root. */
  attributes(values: Hdf5Group["attributes"]): void;
}

/** Arrays of fewer bytes are not worth a compressed chunk. */
const smallestCompressed = 1024;
/** Deflate level: higher ones save nothing on recordings of a simulator. */
const gzipLevel = 4;

/**
 * Writes an HDF5 file whole or not at all; larger arrays are compressed (gzip, one chunk each).
 *
 * @throws UserError if the disk is full or the folder cannot be written; the old file stands
 */
export async function writeHdf5(path: string, root: Hdf5Group): Promise<void> {
  await streamHdf5(path, (file) => {
    file.attributes(root.attributes);
    for (const [name, array] of Object.entries(root.arrays)) file.array(name, array);
    for (const [name, content] of Object.entries(root.groups)) file.group(name, content);
  });
}

/**
 * Writes an HDF5 file part by part, whole or not at all.
 *
 * @throws UserError if the disk is full or the folder cannot be written, and what `fill` throws; the old file stands
 */
export async function streamHdf5(path: string, fill: (file: Hdf5Writer) => void | Promise<void>): Promise<void> {
  const h5wasm = await loadLibrary();
  const part = `${resolve(path)}.${process.pid}.part`;
  try {
    await mkdir(dirname(part), { recursive: true });
    const file = new h5wasm.File(part, "w", { libver: ["v108", "latest"] });
    try {
      await fill({
        group: (name, content) => writeGroup(file.create_group(name), content),
        attributes: (values) => writeAttributes(file, values),
        array: (name, array) => writeArray(file, { name, ...array }),
      });
    } finally {
      file.close();
    }
    const written = await open(part, "r+");
    try {
      await written.sync();
    } finally {
      await written.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    if (error instanceof UserError) throw error;
    throw new UserError(`Cannot write "${path}": ${causeOf(error)}. The previous file, if any, is untouched.`, { cause: error });
  }
}

function writeGroup(group: Group, { attributes, arrays, groups, scalars = {} }: Hdf5Group): void {
  writeAttributes(group, attributes);
  for (const [name, data] of Object.entries(scalars)) group.create_dataset({ name, data });
  for (const [name, array] of Object.entries(arrays)) writeArray(group, { name, ...array });
  for (const [name, content] of Object.entries(groups)) writeGroup(group.create_group(name), content);
}

function writeAttributes(group: Group, attributes: Hdf5Group["attributes"]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "bigint") group.create_attribute(name, value as unknown as GuessableDataTypes, [], "<q");
    else if (typeof value === "number") group.create_attribute(name, value, [], "<d");
    else group.create_attribute(name, value);
  }
}

function writeArray(group: Group, { name, shape, data, chunkRows = Infinity }: Hdf5Array & { name: string }): void {
  const [rows = 1, ...inner] = shape;
  const filter = data.byteLength < smallestCompressed ? {} : { chunks: [Math.min(rows, chunkRows), ...inner], compression: "gzip" as const, compression_opts: gzipLevel };
  group.create_dataset({ name, data, shape: [...shape], ...filter });
}

/** An open HDF5 file: groups are read when asked for. */
export interface Hdf5Reader {
  readonly attributes: Hdf5Group["attributes"];
  /** Names of the root's entries. */
  readonly names: readonly string[];
  /** Reads one group of the root. @throws UserError if it is damaged or not there */
  group(name: string): Hdf5Group;
  close(): void;
}

/**
 * Opens an HDF5 file without reading its arrays.
 *
 * @throws UserError if the file is missing, truncated, damaged or no HDF5 file
 */
export async function openHdf5(path: string): Promise<Hdf5Reader> {
  const file = await openFile(path);
  try {
    const attributes = guarded(path, (visit) => readAttributes(file, visit));
    return {
      attributes,
      names: file.keys(),
      group: (name) =>
        guarded(path, (visit) => {
          visit(`/${name}`);
          const entity = file.get(name);
          if (entity === null || !("keys" in entity)) throw new Error("a group is needed here");
          return readGroup(entity, visit);
        }),
      close: () => void file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

async function openFile(path: string): Promise<File> {
  if (!existsSync(path)) throw new UserError(`Cannot read "${path}": there is no such file.`);
  if (!statSync(path).isFile()) throw new UserError(`Cannot read "${path}": an HDF5 file is needed, this is a folder.`);
  const h5wasm = await loadLibrary();
  return guarded(path, () => new h5wasm.File(resolve(path), "r"));
}

/** Turns what the library throws into one line that names the place. */
function guarded<T>(path: string, read: (visit: (place: string) => void) => T): T {
  let at = "the header";
  try {
    return read((place) => (at = place));
  } catch (error) {
    throw new UserError(`Cannot read "${path}" at ${at}: ${causeOf(error)}. The file is truncated, damaged or no HDF5 file; fetch or generate it again.`, { cause: error });
  }
}

/**
 * Reads an HDF5 file with everything numeric in it; strings and compounds among the datasets are left out.
 *
 * @throws UserError if the file is missing, truncated, damaged or no HDF5 file
 */
export async function readHdf5(path: string): Promise<Hdf5Group> {
  const file = await openFile(path);
  try {
    return guarded(path, (visit) => readGroup(file, visit));
  } finally {
    file.close();
  }
}

function readAttributes(group: Group, visit: (place: string) => void): Hdf5Group["attributes"] {
  const attributes: Record<string, Hdf5Attribute> = {};
  for (const [name, attribute] of Object.entries(group.attrs)) {
    visit(`${group.path} attribute "${name}"`);
    const { value } = attribute;
    if (typeof value === "bigint") attributes[name] = Number(value);
    else if (typeof value === "string" || typeof value === "number" || value instanceof Float64Array) attributes[name] = value;
  }
  return attributes;
}

function readGroup(group: Group, visit: (place: string) => void): Hdf5Group {
  const attributes = readAttributes(group, visit);
  const arrays: Record<string, Hdf5Array> = {};
  const groups: Record<string, Hdf5Group> = {};
  for (const name of group.keys()) {
    visit(`${group.path}/${name}`.replace("//", "/"));
    const entity = group.get(name);
    if (entity === null) throw new Error("the entry cannot be opened");
    if ("keys" in entity) groups[name] = readGroup(entity, visit);
    else if ("shape" in entity) {
      const { shape, value } = entity;
      if (shape !== null && isNumbers(value)) arrays[name] = { shape: shape.map(Number), data: value };
    }
  }
  return { attributes, arrays, groups };
}

function isNumbers(value: unknown): value is Hdf5Numbers {
  return [Float32Array, Float64Array, Int8Array, Uint8Array, Int32Array, BigInt64Array].some((kind) => value instanceof kind);
}

/** An array of an open file. */
export interface Hdf5Entry {
  /** Without the leading slash: "infos/qpos". */
  readonly path: string;
  readonly shape: readonly number[];
  /** "float32", "int64", "uint8", "bool", "text", or what HDF5 calls it. */
  readonly type: string;
  /** Rows of a chunk: slices of a multiple of it are read fastest. */
  readonly chunkRows?: number;
}

/** An open HDF5 file whose arrays are read in slices. */
export interface Hdf5Arrays {
  readonly entries: readonly Hdf5Entry[];
  /** Paths of all groups. */
  readonly groups: readonly string[];
  /** Rows of an array. @throws UserError if they are damaged or of a type that is not read here */
  rows(path: string, range: { readonly start: number; readonly end: number }): Hdf5Numbers;
  /** A scalar's value; undefined for one that is no text or number. */
  scalar(path: string): string | number | undefined;
  close(): void;
}

/**
 * Opens an HDF5 file to read its arrays in slices, so that one larger than memory can be gone through.
 *
 * @throws UserError if the file is missing, truncated, damaged or no HDF5 file
 */
export async function openHdf5Arrays(path: string): Promise<Hdf5Arrays> {
  const file = await openFile(path);
  const arrays = new Map<string, Dataset>();
  const groups: string[] = [];
  const find = (name: string): Dataset => {
    const array = arrays.get(name);
    if (array === undefined) throw new UserError(`Cannot read "${path}": array "${name}" is needed and not there.`);
    return array;
  };
  try {
    guarded(path, (visit) => walk(file, { visit, arrays, groups }));
    return {
      entries: [...arrays].map(([name, array]) => entryOf(name, array)),
      groups,
      rows: (name, { start, end }) =>
        guarded(path, (visit) => {
          visit(`/${name}`);
          const array = find(name);
          const values = array.slice([[start, end], ...(array.shape ?? []).slice(1).map((size): [number, number] => [0, size])]);
          if (!isNumbers(values)) throw new Error(`numbers are needed, got ${typeName(array)}`);
          return values;
        }),
      scalar: (name) =>
        guarded(path, (visit) => {
          visit(`/${name}`);
          const { value } = find(name);
          if (typeof value === "bigint") return Number(value);
          return typeof value === "string" || typeof value === "number" ? value : undefined;
        }),
      close: () => void file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

function walk(group: Group, { visit, arrays, groups }: { visit: (place: string) => void; arrays: Map<string, Dataset>; groups: string[] }): void {
  for (const name of group.keys()) {
    const path = `${group.path}/${name}`.replace(/^\/+/, "");
    visit(`/${path}`);
    const entity = group.get(name);
    if (entity === null) throw new Error("the entry cannot be opened");
    if ("keys" in entity) {
      groups.push(path);
      walk(entity, { visit, arrays, groups });
    } else if ("slice" in entity) arrays.set(path, entity);
  }
}

function entryOf(path: string, array: Dataset): Hdf5Entry {
  const rows = array.metadata.chunks?.[0];
  return { path, shape: (array.shape ?? []).map(Number), type: typeName(array), ...(rows === undefined ? {} : { chunkRows: rows }) };
}

/** HDF5's numbers of its type classes: 0 integer, 1 float, 3 string, 8 enumeration, which h5py's booleans are. */
function typeName({ metadata, dtype }: Dataset): string {
  const { type, size, signed, enum_type } = metadata;
  if (type === 0) return `${signed ? "int" : "uint"}${8 * size}`;
  if (type === 1) return `float${8 * size}`;
  if (type === 3) return "text";
  if (type === 8 && enum_type !== undefined && "TRUE" in enum_type.members) return "bool";
  return `HDF5 type ${type} (${typeof dtype === "string" ? dtype : "compound"})`;
}
