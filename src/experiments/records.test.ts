import { describe, expect, it } from "vitest";
import { parseCsv, toCsv } from "./records.js";

describe("tables", () => {
  it("come back as they were written", () => {
    const rows = [
      { task: "door-open", note: 'a "quoted", text', success: 0.5 },
      { task: "", note: "plain", success: -1 },
    ];
    expect(parseCsv(toCsv(rows))).toEqual(rows);
  });

  it("name a row that was cut off", () => {
    expect(() => parseCsv("a,b\n1,2\n3\n", { name: "x.csv" })).toThrow(/Cannot read "x\.csv": row 3 must have 2 cells, got 1/);
  });
});
