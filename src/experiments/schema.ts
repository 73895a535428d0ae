import { z } from "zod";
import { UserError, nearest } from "../util/index.js";

/** What a field of a run's configuration documents about itself. */
export interface FieldNotes {
  readonly about: string;
  /** Unit of the value, e.g. "steps"; absent for names and switches. */
  readonly unit?: string;
  /** Where the default comes from: a paper, a reference implementation, or a measurement of ours. */
  readonly source: string;
}

/** One field of a schema, flattened: what docs, `--help` and error messages derive from. */
export interface FieldRow extends FieldNotes {
  /** Dotted path, e.g. "train.updates". */
  readonly key: string;
  readonly default: unknown;
}

export type Overrides = { readonly [key: string]: unknown };

/** Attaches notes to a field of a schema. */
export function noted<S extends z.ZodType>(schema: S, notes: FieldNotes): S {
  return schema.meta({ ...notes });
}

/** Every leaf field of an object schema, in the order of declaration. */
export function fieldRows(schema: z.ZodType, prefix = ""): FieldRow[] {
  const shape = objectShape(schema);
  if (shape === undefined) return [];
  return Object.entries(shape).flatMap(([name, field]) => {
    const key = prefix === "" ? name : `${prefix}.${name}`;
    if (objectShape(field) !== undefined) return fieldRows(field, key);
    const notes = (field.meta() ?? {}) as { about?: string; description?: string; unit?: string; source?: string };
    const parsed = field.safeParse(undefined);
    return [
      {
        key,
        default: parsed.success ? parsed.data : undefined,
        about: notes.about ?? notes.description ?? "",
        source: notes.source ?? "",
        ...(notes.unit === undefined ? {} : { unit: notes.unit }),
      },
    ];
  });
}

/**
 * Parses a value by a schema whose objects are strict.
 *
 * @throws UserError that names the field, what it requires and what it got; for an unknown key the nearest legal one
 */
export function parseStrict<S extends z.ZodType>(schema: S, { value, what }: { value: unknown; what: string }): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0] as z.core.$ZodIssue;
  const legal = fieldRows(schema).map((row) => row.key);
  if (issue.code === "unrecognized_keys") throw unknownKey([...issue.path, issue.keys[0] ?? ""].join("."), { legal, what });
  const path = issue.path.join(".");
  const got = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
  throw new UserError(`Cannot use ${what}: field "${path}": ${issue.message}, got ${JSON.stringify(got)}.`);
}

function unknownKey(key: string, { legal, what }: { legal: readonly string[]; what: string }): UserError {
  const near = nearest(key, legal) ?? legal.find((candidate) => candidate.endsWith(`.${key.split(".").at(-1) ?? key}`));
  const hint = near === undefined ? "" : ` Did you mean "${near}"?`;
  return new UserError(`Cannot use ${what}: unknown field "${key}".${hint} Known: ${legal.join(", ")}.`);
}

/**
 * Turns `key=value` texts into overrides; values are JSON, or plain text, or comma lists for fields that hold lists.
 *
 * @throws UserError for a text without "=" or an unknown key, with the nearest legal one
 * @example parseSettings(["train.updates=500"], { schema }) // { train: { updates: 500 } }
 */
export function parseSettings(settings: readonly string[], { schema }: { schema: z.ZodType }): Overrides {
  const rows = new Map(fieldRows(schema).map((row) => [row.key, row]));
  let overrides: Overrides = {};
  for (const setting of settings) {
    const at = setting.indexOf("=");
    if (at < 1) throw new UserError(`Cannot read setting "${setting}": key=value is required, e.g. train.updates=500.`);
    const key = setting.slice(0, at).trim();
    const row = rows.get(key);
    if (row === undefined) throw unknownKey(key, { legal: [...rows.keys()], what: `setting "${setting}"` });
    const text = setting.slice(at + 1).trim();
    const listed = Array.isArray(row.default) && !text.startsWith("[");
    const value = listed ? text.split(",").filter(Boolean).map(plainValue) : plainValue(text);
    const nested = key.split(".").reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
    overrides = mergeOverrides(overrides, nested as Overrides);
  }
  return overrides;
}

function plainValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Later overrides win; objects are merged, lists are replaced. */
export function mergeOverrides(...layers: readonly Overrides[]): Overrides {
  const merged: Record<string, unknown> = {};
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer)) {
      const before = merged[key];
      merged[key] = isPlain(before) && isPlain(value) ? mergeOverrides(before, value) : value;
    }
  }
  return merged;
}

function isPlain(value: unknown): value is Overrides {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The fields of an object schema, also below defaults and optionals; undefined for anything else. */
function objectShape(schema: z.ZodType): Record<string, z.ZodType> | undefined {
  let inner: z.ZodType = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional) inner = inner.unwrap() as z.ZodType;
  return inner instanceof z.ZodObject ? inner.shape : undefined;
}
