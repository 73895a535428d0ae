/** The smoke study through the compiled CLI, in a data folder of its own: whole, interrupted and killed. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Rng, projectRoot } from "../util/index.js";
import { parseCsv } from "./records.js";
import { lines, runCommand, type Ended, type Interrupt } from "./testing.js";

let data: string;
beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), "llmdpd-study-"));
  mkdirSync(join(data, "raw"));
  symlinkSync(join(projectRoot(), "data", "cache"), join(data, "cache"));
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

const llmdpd = (args: readonly string[], interrupt?: Interrupt): Promise<Ended> => runCommand(args, { data, ...(interrupt === undefined ? {} : { interrupt }) });
const run = (name: string): string => join(data, "runs", name, "full-seed0");

describe("a study", () => {
  it("stops on Ctrl-C, goes on where it was stopped, and ends with tables and figures", { timeout: 180_000 }, async () => {
    const stopped = await llmdpd(["study", "smoke"], { signal: "SIGINT", when: () => existsSync(join(data, "runs", "smoke", "logs")) });
    expect(stopped).toMatchObject({ code: 130 });
    expect(stopped.output).toMatch(/Stopped\. The same command goes on from here/);

    const finished = await llmdpd(["study", "smoke"]);
    expect(finished).toMatchObject({ code: 0 });
    expect(finished.output).toMatch(/Success on tasks never trained on[\s\S]*full[\s\S]*expert[\s\S]*One training per variant/);
    const folder = join(data, "runs", "smoke");
    const summary = parseCsv(readFileSync(join(folder, "summary.csv"), "utf8"));
    expect(Object.keys(summary[0] ?? {})).toEqual(expect.arrayContaining(["variant", "split", "task", "n", "success", "interval", "low", "high", "return"]));
    expect([...new Set(summary.map(({ variant }) => variant))]).toEqual(["full", "no-prompts", "random", "expert"]);
    const episodes = parseCsv(readFileSync(join(folder, "episodes.csv"), "utf8"));
    expect(episodes).toHaveLength(4 * 3 * 2);
    const successes = (variant: string): number => episodes.filter((row) => row["variant"] === variant && row["success"] === 1).length;
    expect(successes("expert")).toBeGreaterThanOrEqual(5);
    expect(successes("random")).toBe(0);
    expect(new Set(episodes.map(({ split, task }) => `${String(split)} ${String(task)}`))).toEqual(new Set(["seen door-open", "seen door-close", "unseen door-lock"]));
    expect(readdirSync(join(folder, "figures")).filter((name) => name.endsWith(".svg")).sort()).toEqual([
      "ablation.svg", "learning-curves.svg", "reverse-diffusion.svg", "task-success.svg", "text-similarity.svg",
    ]);

    // Figures are of the tables as they are, also where no run was left to be made.
    const figure = join(folder, "figures", "ablation.svg");
    const drawn = readFileSync(figure, "utf8");
    writeFileSync(figure, "of older tables");
    expect(await llmdpd(["study", "smoke"])).toMatchObject({ code: 0 });
    expect(readFileSync(figure, "utf8")).toBe(drawn);
  });

  it("trains to the same bits when it is killed at random moments", { timeout: 180_000 }, async () => {
    const train = (name: string): string[] => ["train", "--study", "smoke", "--as", name, "--set", "train.updates=200", "--set", "train.checkpointEvery=20"];
    expect((await llmdpd(train("whole"))).code).toBe(0);
    const rng = new Rng(Date.now() % 100_000);
    for (let kill = 0; kill < 3; kill++) {
      const metrics = join(run("killed"), "metrics.jsonl");
      const target = Math.min(18, lines(metrics) + 1 + rng.int(7));
      await llmdpd(train("killed"), { signal: "SIGKILL", when: () => lines(metrics) >= target });
    }
    expect(readFileSync(join(run("killed"), "status.json"), "utf8")).toMatch(/"training"/);
    expect((await llmdpd(train("killed"))).code).toBe(0);
    const files = ["metrics.jsonl", "checkpoints/step-00000200.safetensors", "checkpoints/step-00000200.json"];
    const different = files.filter((file) => !readFileSync(join(run("killed"), file)).equals(readFileSync(join(run("whole"), file))));
    expect(different).toEqual([]);
  });

  it("refuses to mix configurations, and names what is unknown", async () => {
    const ask = async (...args: string[]): Promise<string> => (await llmdpd(args)).output;
    expect(await ask("study", "smoke", "--set", "train.updates=20")).toMatch(/made with other values of train\.updates.*--fresh/);
    expect(await ask("study", "smok")).toMatch(/Cannot find study "smok"\. Did you mean "smoke"\?/);
    expect(await ask("train", "--variant", "no-texts")).toMatch(/Did you mean "no-text"\?/);
    expect(await ask("evaluate", "nowhere")).toMatch(/Cannot open run/);
  });
});
