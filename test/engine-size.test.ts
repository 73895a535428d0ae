/** The engine can be read in an evening: it may become smaller, not larger. */
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { expect, it } from "vitest";
import { projectRoot } from "../src/util/index.js";

const engine = join(projectRoot(), "src", "engine");
const most = 3000;

/** Lines that are neither empty nor comment. */
function codeLines(source: string): number {
  return source.replace(/\/\*[\s\S]*?\*\//g, "").split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("//")).length;
}

/** Tests, `testing.ts` and `checks/`, which holds what `llmdpd engine coverage` and `fuzz` test the engine with, do not count. */
const files = readdirSync(engine, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(sep).join("/"))
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && file !== "testing.ts" && !file.startsWith("checks/"));

it(`has fewer than ${most} lines of code`, () => {
  const sizes = files.map((file): [string, number] => [file, codeLines(readFileSync(join(engine, file), "utf8"))]);
  const total = sizes.reduce((sum, [, lines]) => sum + lines, 0);
  expect(total).toBeGreaterThan(1000);
  expect(total < most ? "small enough" : `${total} lines: ${sizes.map(([file, lines]) => `${file} ${lines}`).join(", ")}`).toBe("small enough");
});

it("does not depend on what tests it, except for its index", () => {
  const users = files.filter((file) => file !== "index.ts" && /from "[./]*\/(checks|testing)\b/.test(readFileSync(join(engine, file), "utf8")));
  expect(users).toEqual([]);
});

it("counts code alone", () => {
  expect(codeLines('/** One\n * two */\n// three\n\nconst url = "http://x"; // four\n')).toBe(1);
});
