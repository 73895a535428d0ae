import { existsSync, readFileSync } from "node:fs";
import { UserError, writeFileAtomic } from "../util/index.js";

/** Tables on disk: one row per evaluated episode, and what is drawn from them. */

/**
 * One evaluated episode. Unless its protocol plays on, it ends at its first success or after `maxSteps`, so `return` and
 * `steps` are those up to its end: returns of successful and failed episodes are sums over different lengths.
 */
export interface EpisodeRecord {
  readonly variant: string;
  /** Training seed of the run; "-" for random and expert. */
  readonly seed: string;
  /** "seen" (new goals of training tasks) or "unseen" (tasks never trained on). */
  readonly split: "seen" | "unseen";
  readonly task: string;
  readonly episode: number;
  /** Seed that the episode's goal was drawn with. */
  readonly goalSeed: number;
  readonly success: 0 | 1;
  /** Step of the first success, counted from 1; -1 if none. */
  readonly firstSuccess: number;
  readonly steps: number;
  /** Undiscounted sum of Meta-World's rewards up to the end of the episode. */
  readonly return: number;
  /** Where the prompt trajectory's goal comes from; "-" without such a prompt. */
  readonly promptGoal: string;
  readonly goalVisible: 0 | 1;
  /** Action candidates that the critics chose from; 0 for random and expert. */
  readonly candidates: number;
  readonly maxSteps: number;
  /** How the episode was played, see `protocolLabel`; "-" in tables older than the column. */
  readonly protocol: string;
}

export type Cell = string | number | boolean;
export type TableRow = { readonly [column: string]: Cell };

/** Comma-separated text with a header; columns are those of the first row or of `columns`. */
export function toCsv<R extends object>(rows: readonly R[], { columns = Object.keys(rows[0] ?? {}) }: { columns?: readonly string[] } = {}): string {
  const line = (values: readonly (Cell | undefined)[]): string => values.map(quoted).join(",");
  return `${[line(columns), ...rows.map((row) => line(columns.map((column) => (row as Record<string, Cell>)[column])))].join("\n")}\n`;
}

function quoted(cell: Cell | undefined): string {
  const text = typeof cell === "boolean" ? String(Number(cell)) : String(cell ?? "");
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Rows of comma-separated text with a header; cells that read as numbers are numbers.
 *
 * @throws UserError for a row with more or fewer cells than the header
 */
export function parseCsv(text: string, { name = "table" }: { name?: string } = {}): TableRow[] {
  const [header, ...lines] = text.split("\n").filter((line) => line.trim() !== "").map(cells);
  if (header === undefined) return [];
  return lines.map((line, i) => {
    if (line.length !== header.length) throw new UserError(`Cannot read "${name}": row ${i + 2} must have ${header.length} cells, got ${line.length}.`);
    return Object.fromEntries(header.map((column, j) => [column, valueOf(line[j] as string)]));
  });
}

function cells(line: string): string[] {
  return [...`${line.replace(/\r$/, "")},`.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*)),/g)].map((match) => match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
}

function valueOf(cell: string): Cell {
  return cell !== "" && Number.isFinite(Number(cell)) ? Number(cell) : cell;
}

export function writeTable<R extends object>(path: string, rows: readonly R[]): Promise<void> {
  return writeFileAtomic(path, toCsv(rows));
}

/**
 * Reads a CSV table. Cells that are numbers become numbers, all others stay text.
 *
 * @example readTable("data/results/quick/summary.csv").filter((row) => row["task"] === "*")
 */
export function readTable(path: string): TableRow[] {
  if (!existsSync(path)) throw new UserError(`Cannot read table "${path}": there is no such file. Run the study first.`);
  return parseCsv(readFileSync(path, "utf8"), { name: path });
}

/** Episode records of a file written by `writeTable`. */
export function readEpisodes(path: string): EpisodeRecord[] {
  return readTable(path).map((row) => ({ ...row, seed: String(row["seed"]), protocol: row["protocol"] ?? "-" })) as unknown as EpisodeRecord[];
}
