import { existsSync, statSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Group, GuessableDataTypes } from "h5wasm/node";
import { UserError, messageOf } from "../util/index.js";

/** Numbers that an HDF5 file holds here. */
export type Hdf5Numbers = Float32Array | Float64Array | Int8Array | Uint8Array | Int32Array | BigInt64Array;

export interface Hdf5Array {
  readonly shape: readonly number[];
  readonly data: Hdf5Numbers;
}

/** Integers travel as numbers; `bigint` writes a 64-bit integer. */
export type Hdf5Attribute = string | number | bigint | Float64Array;

/** A group with all that is in it. */
export interface Hdf5Group {
  readonly attributes: Readonly<Record<string, Hdf5Attribute>>;
  readonly arrays: Readonly<Record<string, Hdf5Array>>;
  readonly groups: Readonly<Record<string, Hdf5Group>>;
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
  const numbered = lines.filter((line) => /^\s*#\d+:/.test(line));
  const last = numbered.at(-1)?.replace(/^.*\(\): /, "");
  return last ?? lines[0] ?? "unknown error";
}

/**
 * Writes an HDF5 file whole or not at all.
 *
 * @throws UserError if the disk is full or the folder cannot be written; the old file stands
 */
export async function writeHdf5(path: string, root: Hdf5Group): Promise<void> {
  const h5wasm = await loadLibrary();
  const part = `${resolve(path)}.${process.pid}.part`;
  try {
    await mkdir(dirname(part), { recursive: true });
    const file = new h5wasm.File(part, "w", { libver: ["v108", "latest"] });
    try {
      writeGroup(file, root);
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
    await rm(part, { force: true });
    throw new UserError(`Cannot write "${path}": ${causeOf(error)}. The previous file, if any, is untouched.`, { cause: error });
  }
}

function writeGroup(group: Group, { attributes, arrays, groups }: Hdf5Group): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "bigint") group.create_attribute(name, value as unknown as GuessableDataTypes, [], "<q");
    else group.create_attribute(name, value);
  }
  for (const [name, { shape, data }] of Object.entries(arrays)) group.create_dataset({ name, data, shape: [...shape] });
  for (const [name, content] of Object.entries(groups)) writeGroup(group.create_group(name), content);
}

/**
 * Reads an HDF5 file with everything numeric in it; strings and compounds among the datasets are left out.
 *
 * @throws UserError if the file is missing, truncated, damaged or no HDF5 file
 */
export async function readHdf5(path: string): Promise<Hdf5Group> {
  if (!existsSync(path)) throw new UserError(`Cannot read "${path}": there is no such file.`);
  if (!statSync(path).isFile()) throw new UserError(`Cannot read "${path}": an HDF5 file is needed, this is a folder.`);
  const h5wasm = await loadLibrary();
  let at = "the header";
  try {
    const file = new h5wasm.File(resolve(path), "r");
    try {
      return readGroup(file, (name) => (at = name));
    } finally {
      file.close();
    }
  } catch (error) {
    throw new UserError(`Cannot read "${path}" at ${at}: ${causeOf(error)}. The file is truncated, damaged or no HDF5 file; fetch or generate it again.`, { cause: error });
  }
}

function readGroup(group: Group, visit: (name: string) => void): Hdf5Group {
  const attributes: Record<string, Hdf5Attribute> = {};
  for (const [name, attribute] of Object.entries(group.attrs)) {
    visit(`${group.path} attribute "${name}"`);
    const { value } = attribute;
    if (typeof value === "bigint") attributes[name] = Number(value);
    else if (typeof value === "string" || typeof value === "number" || value instanceof Float64Array) attributes[name] = value;
  }
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
