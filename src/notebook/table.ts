import { UserError } from "../util/index.js";
import { escapeHtml } from "./html.js";
import { cellOutput } from "./kernel.js";

/** Rows with the same columns. */
export type Rows = readonly Readonly<Record<string, unknown>>[];

/** A table of Arquero, or of anything else that can list its rows and columns. */
export interface ColumnTable {
  columnNames(): string[];
  objects(): object[];
}

export interface TableOptions {
  /** Columns to show, in order; all by default. */
  readonly columns?: readonly string[];
  /** Most rows shown. */
  readonly limit?: number;
  /** Digits of a column's largest number, before and after the point, if not all are whole; the others have as many decimals. */
  readonly digits?: number;
}

/**
 * Shows rows, or an Arquero table, below the cell.
 *
 * @throws UserError outside a notebook, or for a column that the table does not have
 * @example table(aq.from(tables.summary).filter((row) => row.task === "*"), { digits: 2 });
 */
export function table(rows: Rows | ColumnTable, options: TableOptions = {}): void {
  cellOutput()(tableBundle(rows, options));
}

/** A table as HTML and as plain text. */
export function tableBundle(rows: Rows | ColumnTable, { columns, limit = 30, digits = 4 }: TableOptions = {}): { "text/html": string; "text/plain": string } {
  const [all, present] = isTable(rows) ? [rows.objects() as Rows, rows.columnNames()] : [rows, [...new Set(rows.flatMap((row) => Object.keys(row)))]];
  const names = columns ?? present;
  const missing = names.find((name) => !present.includes(name));
  if (missing !== undefined) throw new UserError(`Cannot show the column "${missing}": the table has ${present.join(", ")}.`);
  const shown = all.slice(0, limit);
  const writers = names.map((name) => numberFormat(shown.map((row) => row[name]), digits));
  const cells = shown.map((row) => names.map((name, column) => format(row[name], writers[column] ?? String)));
  const numeric = names.map((name) => shown.length > 0 && shown.every((row) => row[name] === null || row[name] === undefined || typeof row[name] === "number"));
  const note = all.length > shown.length ? `first ${shown.length} of ${all.length} rows` : `${all.length} ${all.length === 1 ? "row" : "rows"}`;
  return { "text/html": html({ names, cells, numeric, note }), "text/plain": plain({ names, cells, numeric, note }) };
}

interface Content {
  readonly names: readonly string[];
  readonly cells: readonly (readonly string[])[];
  readonly numeric: readonly boolean[];
  readonly note: string;
}

function html({ names, cells, numeric, note }: Content): string {
  const side = (column: number): string => ` style="text-align:${numeric[column] === true ? "right" : "left"}"`;
  const head = names.map((name, i) => `<th${side(i)}>${escapeHtml(name)}</th>`).join("");
  const body = cells.map((row) => `<tr>${row.map((cell, i) => `<td${side(i)}>${escapeHtml(cell)}</td>`).join("")}</tr>`).join("\n");
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table>\n<p>${note}</p>`;
}

function plain({ names, cells, numeric, note }: Content): string {
  const widths = names.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (numeric[i] === true ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join("  ").trimEnd();
  return [line(names), ...cells.map(line), note].join("\n");
}

/** One way to write all numbers of a column, in which no digit before the point is ever rounded away. */
function numberFormat(values: readonly unknown[], digits: number): (value: number) => string {
  const numbers = values.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  if (numbers.every(Number.isInteger)) return String;
  const largest = Math.max(...numbers.map(Math.abs));
  if (largest < 0.001) return (value) => (value === 0 ? "0" : value.toExponential(digits - 1));
  const decimals = Math.max(0, digits - Math.max(1, Math.floor(Math.log10(largest)) + 1));
  return (value) => value.toFixed(decimals).replace(/^-(?=[0.]+$)/, "");
}

function format(value: unknown, write: (value: number) => string): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return write(value);
  if (typeof value === "string") return value;
  if (typeof value === "bigint") return value.toString();
  return JSON.stringify(value) ?? "";
}

function isTable(rows: Rows | ColumnTable): rows is ColumnTable {
  return !Array.isArray(rows) && typeof (rows as ColumnTable).objects === "function" && typeof (rows as ColumnTable).columnNames === "function";
}
