import { distance } from "fastest-levenshtein";
import { UserError } from "./errors.js";

/** The name of `legal` nearest to `name`, if one is near enough to be what was meant. */
export function nearest(name: string, legal: readonly string[]): string | undefined {
  const ranked = legal
    .map((candidate) => ({ candidate, edits: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best !== undefined && best.edits <= Math.max(2, Math.floor(name.length / 3)) ? best.candidate : undefined;
}

/**
 * Returns `name` if it is one of `legal`.
 *
 * @throws UserError that names the nearest match and the legal set
 * @example oneOf("door-opne", ["door-open", "door-close"], { what: "task" }) // throws: did you mean "door-open"?
 */
export function oneOf<T extends string>(name: string, legal: readonly T[], { what }: { what: string }): T {
  if ((legal as readonly string[]).includes(name)) return name as T;
  const near = nearest(name, legal);
  const hint = near === undefined ? "" : ` Did you mean "${near}"?`;
  throw new UserError(`Cannot find ${what} "${name}".${hint} Known: ${legal.join(", ")}.`);
}
