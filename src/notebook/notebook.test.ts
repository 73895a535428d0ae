import { from as arqueroFrom } from "arquero";
import { afterEach, describe, expect, it } from "vitest";
import { ablation } from "../plots/index.js";
import { fast } from "./fast.js";
import { progressBundle } from "./progress.js";
import { show } from "./show.js";
import { table, tableBundle } from "./table.js";
import { replayBundle, watch } from "./watch.js";

// What needs a kernel is tested with one, in test/notebooks.test.ts.

describe("tableBundle", () => {
  const rows = [
    { task: "door-open", success: 0.123456, n: 10 },
    { task: "<b>", success: Number.NaN, n: 7 },
  ];

  it("aligns numbers, rounds them and escapes text", () => {
    const { "text/html": html, "text/plain": plain } = tableBundle(rows);
    expect(html).toContain('<td style="text-align:right">0.123</td>');
    expect(html).toContain("&lt;b&gt;");
    expect(plain).toBe("task       success   n\ndoor-open    0.123  10\n<b>            NaN   7\n2 rows");
  });

  it("gives the numbers of a column the same decimals, and keeps all digits before the point", () => {
    const scores = [
      { updates: 100_000, score: 45, low: -0.0237, rate: 0.94, error: 0 },
      { updates: 74_166.667, score: 8.19, low: 101.26, rate: 0, error: 0.000_001_19 },
      { updates: null, score: 0.0163, low: -5, rate: 0.5, error: 0.000_001 },
    ];
    expect(tableBundle(scores, { digits: 4 })["text/plain"]).toBe(
      ["updates  score    low   rate     error", " 100000  45.00    0.0  0.940         0", "  74167   8.19  101.3  0.000  1.190e-6", "          0.02   -5.0  0.500  1.000e-6", "3 rows"].join("\n"),
    );
  });

  it("takes an Arquero table, a choice of columns and a limit", () => {
    const arquero = arqueroFrom(rows);
    expect(tableBundle(arquero)["text/plain"]).toBe(tableBundle(rows)["text/plain"]);
    expect(tableBundle(arquero, { columns: ["n"], limit: 1 })["text/plain"]).toBe(" n\n10\nfirst 1 of 2 rows");
  });

  it("names the columns that there are", () => {
    expect(() => tableBundle(rows, { columns: ["reward"] })).toThrow('Cannot show the column "reward": the table has task, success, n.');
  });
});

describe("progressBundle", () => {
  it("says how much and how long", () => {
    expect(progressBundle({ done: 30, total: 120, label: "train", detail: "loss 0.5" }, { elapsedMs: 10_000, leftMs: 45_000 })["text/plain"]).toBe("train 25%, 30 of 120, loss 0.5, 45 s left");
    expect(progressBundle({ done: 120, total: 120, label: "train" }, { elapsedMs: 65_000, leftMs: 0 })["text/plain"]).toBe("train 100%, 120 of 120, 1 min 05 s");
  });
});

describe("replayBundle", () => {
  it("puts the page into a frame, whatever is in it, and the facts into words", () => {
    const scene = { bodies: [], parts: [], meshes: [], textures: [], cameras: [] };
    const replay = { title: "<reach>", labels: [{ name: "policy", value: "expert" }], scene, secondsPerFrame: 1, positions: new Float32Array(), quaternions: new Float32Array(), curves: [] };
    const bundle = replayBundle(replay, { page: '<p class="a">&lt;</p>', height: 300 });
    expect(bundle["text/html"]).toContain('title="&lt;reach&gt;" srcdoc="&lt;p class=&quot;a&quot;&gt;&amp;lt;&lt;/p&gt;" style="width:100%;height:300px;');
    expect(bundle["text/plain"]).toBe("[episode of <reach>: policy expert]");
  });
});

describe("outside a notebook", () => {
  it("show, table and watch say where they work", async () => {
    const row = { variant: "full", split: "seen", task: "*", n: 1, success: 1, low: 0, high: 1 };
    await expect(show(ablation([row]))).rejects.toThrow(/npm run lab/);
    expect(() => table([row])).toThrow(/npm run lab/);
    await expect(watch("reach")).rejects.toThrow(/npm run lab/);
  });
});

describe("fast", () => {
  afterEach(() => {
    delete process.env["LLMDPD_FAST"];
  });

  it("changes counts in the fast mode only", () => {
    expect(fast(4000, 20)).toBe(4000);
    process.env["LLMDPD_FAST"] = "1";
    expect(fast(4000, 20)).toBe(20);
  });
});
