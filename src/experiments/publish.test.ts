import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sha256File } from "../util/index.js";
import { publishStudy } from "./publish.js";
import { listRuns } from "./run-store.js";
import { studyNamed, studyRunConfig } from "./studies.js";

let data: string;
const study = (): string => join(data, "runs", "trial");
const places = (): { results: string; figures: string } => ({ results: join(data, "results"), figures: join(data, "figures") });
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "llmdpd-publish-"));
  vi.stubEnv("LLMDPD_DATA", data);
  for (const run of ["full-seed0", "full-seed0.old-1"]) {
    mkdirSync(join(study(), run), { recursive: true });
    writeFileSync(join(study(), run, "config.json"), '{"seed":0}');
    writeFileSync(join(study(), run, "record.json"), '{"commit":"abc"}');
  }
  writeFileSync(join(study(), "summary.csv"), "variant,success\nfull,1\n");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(data, { recursive: true, force: true });
});

describe("publishing a study", () => {
  it("copies tables and figures with where they come from", async () => {
    mkdirSync(join(study(), "figures"));
    writeFileSync(join(study(), "figures", "ablation.svg"), "<svg/>");
    await publishStudy("trial", places());
    expect(readFileSync(join(data, "figures", "trial-ablation.svg"), "utf8")).toBe("<svg/>");
    const { runs, tables } = JSON.parse(readFileSync(join(data, "results", "provenance.json"), "utf8")) as Record<string, unknown>;
    expect(runs).toEqual([{ run: "full-seed0", record: { commit: "abc" }, config: { seed: 0 } }]);
    expect(tables).toEqual({ "summary.csv": await sha256File(join(data, "results", "summary.csv")) });
  });

  it("names the command that makes it, with what was set otherwise than the study sets it", async () => {
    const folder = join(data, "runs", "locomotion-smoke");
    const config = studyRunConfig(studyNamed("locomotion"), { variant: "full", seed: 0, overrides: { train: { updates: 300 }, text: { encoder: "minilm-l6" } } });
    for (const [run, content] of [["full-seed0", config], ["random", { variant: "random" }]] as const) {
      mkdirSync(join(folder, run), { recursive: true });
      writeFileSync(join(folder, run, "config.json"), JSON.stringify(content));
    }
    mkdirSync(join(folder, "figures"));
    for (const file of ["scores.csv", "figures/scores.svg"]) writeFileSync(join(folder, file), "");
    writeFileSync(join(folder, "full-seed0", "record.json"), JSON.stringify({ commit: "abc", dirty: false, evaluated: { commit: "abd", dirty: true } }));
    expect((await publishStudy("locomotion-smoke", places())).uncommitted).toEqual(["full-seed0"]);
    const { command } = JSON.parse(readFileSync(join(data, "results", "provenance.json"), "utf8")) as { command: string };
    expect(command).toBe("npx --no llmdpd study locomotion --preset smoke --variants full --set text.encoder=minilm-l6 --set train.updates=300");
  });

  it("names the study, seeds, variants and lists of a folder of its own", async () => {
    const folder = join(data, "runs", "mine");
    for (const [variant, seed] of [["full", 0], ["full", 1], ["one-hot", 0], ["one-hot", 1]] as const) {
      const config = studyRunConfig(studyNamed("quick"), { variant, seed, as: "mine", overrides: { data: { trainTasks: ["door-open", "reach"] } } });
      mkdirSync(join(folder, `${variant}-seed${seed}`), { recursive: true });
      writeFileSync(join(folder, `${variant}-seed${seed}`, "config.json"), JSON.stringify(config));
    }
    mkdirSync(join(folder, "figures"));
    for (const file of ["summary.csv", "figures/ablation.svg"]) writeFileSync(join(folder, file), "");
    expect((await publishStudy("mine", places())).uncommitted).toEqual([]);
    const { command } = JSON.parse(readFileSync(join(data, "results", "provenance.json"), "utf8")) as { command: string };
    expect(command).toBe("npx --no llmdpd study quick --as mine --variants full,one-hot --seeds 0,1 --set data.trainTasks=door-open,reach");
  });

  it("refuses a study that has not come to its end, and writes nothing", async () => {
    await expect(publishStudy("trial", places())).rejects.toThrow(/Cannot publish study "trial": its tables and figures are required, got 1 tables and 0/);
    expect(existsSync(join(data, "results"))).toBe(false);
  });

  it("leaves runs that were moved aside out of the list", () => {
    expect(listRuns().map(({ run }) => run)).toEqual(["full-seed0"]);
  });
});
