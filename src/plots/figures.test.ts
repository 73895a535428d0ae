import { JSDOM } from "jsdom";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ablation } from "./ablation.js";
import type { Figure } from "./figure.js";
import { learningCurves, type CurveRow } from "./learning-curves.js";
import { svgToPng } from "./png.js";
import { reverseDiffusion } from "./reverse-diffusion.js";
import { saveFigure } from "./save.js";
import { locomotionScores, type ScoreMark } from "./scores.js";
import { similarityMatrix } from "./similarity-matrix.js";
import type { SuccessRow } from "./splits.js";
import { stepProfile } from "./step-profile.js";
import { figureToSvg } from "./svg.js";
import { taskSuccess } from "./task-success.js";

const row = (variant: string, split: string, task: string, success: number): SuccessRow => ({
  variant, split, task, n: task === "*" ? 20 : 10, success, low: Math.max(0, success - 0.2), high: Math.min(1, success + 0.15), runs: 1,
});
const summary: SuccessRow[] = ["full", "no-prompts", "random", "expert"].flatMap((variant, i) =>
  [["seen", "door-open", 0.7], ["seen", "door-close", 0.6], ["seen", "*", 0.65], ["unseen", "door-lock", 0.2], ["unseen", "*", 0.2]].map(
    ([split, task, success]) => row(variant, String(split), String(task), [Number(success), Number(success) / 2, 0, 1][i] ?? 0),
  ),
);
const curves: CurveRow[] = ["full", "no-prompts"].flatMap((variant, v) =>
  [0, 1].flatMap((seed) => [100, 200, 300].flatMap((step) => [
    { variant, seed, step, metric: "diffusionLoss", value: (1 + v + seed) / step },
    { variant, seed, step, metric: "meanQ", value: step * (1 + v - seed / 2) },
  ])),
);
const scores: ScoreMark[] = ["hopper-medium", "walker2d-medium"].flatMap((dataset, d) => [
  ...["random", "behaviour", "expert"].map((variant, i) => ({ variant, dataset, checkpoint: "-", candidates: 0, updates: 0, n: 20, runs: 1, score: [1, 26, 90][i] as number, low: 0, high: 91 })),
  ...["full", `diffusion-ql-${dataset}`].flatMap((variant, v) =>
    ["last", "best"].map((checkpoint, c) => ({ variant, dataset, checkpoint, candidates: 50, updates: 5000 - 500 * c, n: 60, runs: 3, score: 30 + 10 * v + 5 * c + d, low: 25, high: 60 })),
  ),
]);
const published = [{ dataset: "hopper-medium", method: "BC", score: 52.9 }, { dataset: "walker2d-medium", method: "BC", score: 75.3 }, { dataset: "walker2d-medium", method: "IQL", score: 78.3 }];
const figures: Record<string, () => Figure> = {
  "learning curves": () => learningCurves(curves),
  "success per task": () => taskSuccess(summary),
  ablation: () => ablation(summary),
  "scores on locomotion": () => locomotionScores(scores, { published }),
  "similarity matrix": () => similarityMatrix(["door-open", "door-close", "door-lock"], [[1, -0.3, 0.2], [-0.3, 1, 0.1], [0.2, 0.1, 1]], { highlight: ["door-lock"] }),
  "profile of an update": () => stepProfile([{ part: "call and transfers", ms: 1.5 }, { part: "target: chain and critics", ms: 8 }, { part: "diffusion loss and gradient", ms: -0.2 }, { part: "clipping, Adam, averages", ms: 2 }]),
  "reverse diffusion": () => reverseDiffusion([[1.5, -1, 0.2, 0], [0.7, -0.5, 0.1, 0.4], [0.2, -0.1, 0, 0.9]], { others: [[[0.1, 0.2, 0.3, 0.4], [0, 0, 0, 0], [0.3, 0.1, 0, 0.8]]] }),
};

const folder = mkdtempSync(join(tmpdir(), "plots-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(Object.entries(figures))("figure of %s", (_name, make) => {
  it("is the data and layout that was looked at", () => {
    expect(make()).toMatchSnapshot();
  });

  it("draws as SVG with every word of its text, the same twice", async () => {
    const figure = make();
    const before = JSON.stringify(figure);
    const svg = await figureToSvg(figure);
    expect(JSON.stringify(figure)).toBe(before);
    const document = new JSDOM(svg, { contentType: "image/svg+xml" }).window.document;
    expect(document.documentElement.tagName).toBe("svg");
    expect(document.documentElement.getAttribute("width")).toBe(String(figure.layout.width));
    const title = (figure.layout["title"] as { text: string }).text.replace(/<br>.*$/, "").replace(/<[^>]+>/g, "");
    expect(document.documentElement.textContent).toContain(title);
    const marks = document.querySelectorAll(".barlayer path, .scatterlayer path, .scatterlayer text, .heatmaplayer image");
    expect(marks.length).toBeGreaterThanOrEqual(figure.data.length);
    expect(svg).not.toMatch(/NaN|undefined/);
    expect(await figureToSvg(figure)).toBe(svg);
  });
});

describe("learningCurves", () => {
  it("shows the mean over seeds with a band from lowest to highest", () => {
    const { data } = learningCurves(curves, { metrics: ["meanQ"] });
    const line = data.find((trace) => trace["name"] === "full");
    expect(line?.["x"]).toEqual([100, 200, 300]);
    expect(line?.["y"]).toEqual([75, 150, 225]);
    const band = data.find((trace) => trace["fill"] === "toself");
    expect(band?.["y"]).toEqual([100, 200, 300, 150, 100, 50]);
  });

  it("leaves the band out for one seed, and smooths", () => {
    const { data } = learningCurves(curves.filter((each) => each.seed === 0), { metrics: ["meanQ"], smooth: 2 });
    expect(data.map((trace) => trace["y"])).toEqual([[100, 150, 250], [200, 300, 500]]);
  });

  it("names the metrics that there are", () => {
    expect(() => learningCurves(curves, { metrics: ["reward"] })).toThrow(/"reward": the rows have diffusionLoss, meanQ/);
    expect(() => learningCurves([])).toThrow(/at least one row/);
  });
});

describe("success figures", () => {
  it("keep the splits in panels of their own", () => {
    const axes = (split: string): unknown[] => ablation(summary.filter((each) => each.split === split)).data.map((trace) => trace["xaxis"]);
    expect(new Set(axes("seen"))).toEqual(new Set(["x"]));
    const both = taskSuccess(summary).data.map((trace) => trace["xaxis"]);
    expect(new Set(both)).toEqual(new Set(["x", "x2"]));
  });

  it("draw intervals from low to high, and n as text", () => {
    const full = ablation(summary).data[0];
    expect(full?.["error_x"]).toMatchObject({ array: [expect.closeTo(0.15)], arrayminus: [expect.closeTo(0.2)] });
    expect(JSON.stringify(ablation(summary).layout)).toContain("n = 20");
  });

  it("refuse rows that cannot be", () => {
    expect(() => taskSuccess([])).toThrow(/at least one row/);
    expect(() => ablation(summary.filter((each) => each.task !== "*"))).toThrow(/rows with task "\*"/);
    expect(() => taskSuccess([{ ...row("full", "seen", "door-open", 0.5), low: 0.6 }])).toThrow(/inside its interval, got 0.5 in 0.6/);
  });

  it("give a variant the same colour in every figure", () => {
    const color = (figure: Figure): unknown => (figure.data.find((trace) => trace["name"] === "no-prompts") as unknown as { marker: { color: string } }).marker.color;
    expect(color(ablation(summary))).toBe(color(taskSuccess(summary)));
    expect(color(ablation(summary.filter((each) => each.variant !== "full")))).toBe(color(ablation(summary)));
  });
});

describe("matrices and chains", () => {
  it("must be square, or of equal vectors", () => {
    expect(() => similarityMatrix(["a", "b"], [[1, 0]])).toThrow(/2 by 2 is required, got 1 by 2/);
    expect(() => reverseDiffusion([[1, 2]])).toThrow(/at least two vectors/);
    expect(() => reverseDiffusion([[1, 2], [1]])).toThrow(/got lengths 2, 1/);
  });
});

describe("saveFigure", () => {
  it("writes the figure and its picture", async () => {
    const figure = ablation(summary);
    const [json, svg] = await saveFigure(figure, { folder, name: "ablation" });
    expect(JSON.parse(readFileSync(json, "utf8"))).toEqual(JSON.parse(JSON.stringify(figure)));
    expect(readFileSync(svg, "utf8")).toBe(await figureToSvg(figure));
  });

  it("renders pixels", async () => {
    const png = await svgToPng(await figureToSvg(ablation(summary)), { scale: 1 });
    expect(Buffer.from(png.slice(1, 4)).toString()).toBe("PNG");
    await expect(() => svgToPng("<nothing")).rejects.toThrow(/Cannot render an SVG/);
  });
});
