/**
 * A count of a notebook's parameter cell: `full` for readers, `quick` where LLMDPD_FAST=1 is set, as the tests do, which
 * run every cell and look at no result.
 *
 * @example const UPDATES = fast(4000, 20);
 */
export function fast<T>(full: T, quick: T): T {
  return process.env["LLMDPD_FAST"] === "1" ? quick : full;
}
