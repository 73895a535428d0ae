/** What becomes of each primitive of jax-js, read from the tables that lower, refuse and test it. */
import { families } from "../lower/index.js";
import { inlined, refused } from "../trace.js";
import { primitivePrograms } from "./primitive-programs.js";

export interface CoverageRow {
  readonly primitive: string;
  readonly family: string;
  readonly status: "lowered" | "refused";
  /** For a refused one, what to do instead. */
  readonly why: string;
  readonly testedBy: string;
}

/**
 * A row for each primitive, family by family.
 *
 * @example coverage().filter(({ status }) => status === "refused")
 */
export function coverage(): CoverageRow[] {
  const testOf = (primitive: string): string => (primitive in primitivePrograms ? `primitivePrograms.${primitive} on every device; random programs` : "");
  const lowered = Object.entries(families).flatMap(([family, rules]) => Object.keys(rules).map((primitive): CoverageRow => ({ primitive, family, status: "lowered", why: "", testedBy: testOf(primitive) })));
  const calls = Object.entries(inlined).map(([primitive, why]): CoverageRow => ({ primitive, family: "calls", status: "lowered", why, testedBy: testOf(primitive) }));
  const rest = Object.entries(refused).map(([primitive, why]): CoverageRow => ({ primitive, family: "refused", status: "refused", why, testedBy: "refused by name" }));
  return [...lowered, ...calls, ...rest];
}
