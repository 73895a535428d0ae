/** Notebooks run from their first cell to their last in the project's own kernel, in the fast mode that changes counts only. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dataPath, projectRoot } from "../src/util/index.js";

interface Output {
  readonly output_type: string;
  readonly name?: string;
  readonly text?: string | readonly string[];
  readonly data?: Readonly<Record<string, unknown>>;
}

interface Cell {
  readonly cell_type: string;
  readonly execution_count?: number | null;
  readonly source: string | readonly string[];
  readonly outputs?: readonly Output[];
}

const root = projectRoot();
const python = process.platform === "win32" ? join(root, ".venv", "Scripts", "python.exe") : join(root, ".venv", "bin", "python");
const plotly = "application/vnd.plotly.v1+json";
const minutes = 60_000;

const folder = mkdtempSync(join(tmpdir(), "notebooks-"));
const data = join(folder, "data");

beforeAll(() => {
  // Runs and results of a test stay out of the user's data; what set-up fetched is shared.
  mkdirSync(data);
  mkdirSync(dataPath("cache"), { recursive: true });
  symlinkSync(dataPath("cache"), join(data, "cache"), "junction");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function cellsOf(path: string): Cell[] {
  const { cells } = JSON.parse(readFileSync(path, "utf8")) as { cells: Cell[] };
  return cells.filter((cell) => cell.cell_type === "code");
}

function textOf(output: Output | undefined): string {
  return [output?.text ?? ""].flat().join("");
}

/** Runs a notebook and returns the exit code, the messages, and the code cells with their outputs. */
function runNotebook(path: string): Promise<{ code: number; messages: string; cells: Cell[] }> {
  const output = join(folder, `done-${basename(path)}`);
  const env = { ...process.env, LLMDPD_FAST: "1", LLMDPD_DATA: data };
  const args = [join(root, "scripts", "run-notebook.py"), path, "--output", output];
  return new Promise((resolve) => {
    execFile(python, args, { cwd: root, env, maxBuffer: 1e8 }, (error, _stdout, messages) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), messages, cells: cellsOf(output) });
    });
  });
}

/** Writes a notebook of code cells. */
function notebookOf(name: string, sources: readonly string[]): string {
  const path = join(folder, `${name}.ipynb`);
  const cells = sources.map((source, i) => ({ cell_type: "code", id: `cell-${i}`, execution_count: null, metadata: {}, outputs: [], source }));
  const metadata = { kernelspec: { name: "tslab", display_name: "TypeScript (llmdpd)", language: "typescript" } };
  writeFileSync(path, JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }));
  return path;
}

describe("the kernel", () => {
  it(
    "shows figures, tables and progress of the library",
    async () => {
      const { code, messages, cells } = await runNotebook(
        notebookOf("outputs", [
          'import { ablation, fast, progress, show, table, type SuccessRow } from "llmdpd";\nimport { from } from "arquero";',
          'const rows: SuccessRow[] = [{ variant: "full", split: "seen", task: "*", n: 10, success: 0.5, low: 0.2, high: 0.8 }];\nawait show(ablation(rows));',
          "table(from(rows));",
          'const bar = progress("count");\nconst COUNT = fast(1000, 3);\nfor (let i = 1; i <= COUNT; i++) bar({ done: i, total: COUNT, label: "" });',
        ]),
      );
      expect(messages).toBe("");
      expect(code).toBe(0);
      const [, figure, table, bar] = cells.map((cell) => cell.outputs?.[0]);
      expect(Object.keys(figure?.data ?? {}).sort()).toEqual([plotly, "image/svg+xml", "text/plain"].sort());
      expect([figure?.data?.["image/svg+xml"]].flat().join("")).toMatch(/^<svg .*<\/svg>$/s);
      expect([table?.data?.["text/html"]].flat().join("")).toContain("<td");
      // The bar has one output, with its last state: updates took the place of the first.
      expect(cells[3]?.outputs).toHaveLength(1);
      expect([bar?.data?.["text/plain"]].flat().join("")).toMatch(/^count 100%, 3 of 3/);
    },
    3 * minutes,
  );

  it(
    "is strict about types, and says so in the cell",
    async () => {
      const { code, messages, cells } = await runNotebook(notebookOf("strict", ["const twice = (value) => 2 * value;", "console.log(1);"]));
      expect(code).toBe(1);
      expect(messages).toContain("Parameter 'value' implicitly has an 'any' type");
      expect(textOf(cells[0]?.outputs?.find((output) => output.name === "stderr"))).toContain("implicitly");
      expect(cells[1]?.outputs).toEqual([]);
    },
    3 * minutes,
  );

  it(
    "loses no rejection of a promise that no cell awaits",
    async () => {
      const source = 'const later = async (): Promise<void> => {\n  await new Promise((resolve) => setTimeout(resolve, 200));\n  throw new Error("the lost message");\n};\nvoid later();';
      const { code, messages } = await runNotebook(notebookOf("lost", [source, "await new Promise((resolve) => setTimeout(resolve, 800));"]));
      expect(messages).toContain("the lost message");
      expect(code).toBe(1);
    },
    3 * minutes,
  );
});

const notebooks = existsSync(join(root, "notebooks")) ? readdirSync(join(root, "notebooks")).filter((name) => name.endsWith(".ipynb")) : [];

describe.each(notebooks)("notebooks/%s", (name) => {
  const path = join(root, "notebooks", name);

  it("is stored with the outputs of a whole run", () => {
    const cells = cellsOf(path);
    expect(cells.map((cell) => cell.execution_count)).toEqual(cells.map((_, i) => i + 1));
    const outputs = cells.flatMap((cell) => cell.outputs ?? []);
    expect(outputs.filter((output) => output.output_type === "error" || output.name === "stderr")).toEqual([]);
    expect(outputs.some((output) => output.data?.[plotly] !== undefined)).toBe(true);
  });

  it("has code cells of at most 25 lines", () => {
    const lengths = cellsOf(path).map((cell) => [cell.source].flat().join("").split("\n").length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(25);
  });

  it(
    "runs to its end",
    async () => {
      const { code, messages, cells } = await runNotebook(path);
      expect(messages).toBe("");
      expect(code).toBe(0);
      const figures = (from: readonly Cell[]): number => from.flatMap((cell) => cell.outputs ?? []).filter((output) => output.data?.[plotly] !== undefined).length;
      // As many figures as in the stored notebook.
      expect(figures(cells)).toBe(figures(cellsOf(path)));
    },
    15 * minutes,
  );
});
