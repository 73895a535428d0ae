import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Rng } from "../../util/index.js";
import { emptyTexts, loadTaskPrompts, paraphrasedTexts, shuffledTexts, shuffledWords, taskTexts, wrongTaskText } from "./task-prompts.js";

const names = `assembly basketball bin-picking box-close button-press-topdown button-press-topdown-wall button-press button-press-wall
coffee-button coffee-pull coffee-push dial-turn disassemble door-close door-lock door-open door-unlock hand-insert drawer-close drawer-open
faucet-open faucet-close hammer handle-press-side handle-press handle-pull-side handle-pull lever-pull pick-place-wall pick-out-of-hole
pick-place plate-slide plate-slide-side plate-slide-back plate-slide-back-side peg-insert-side peg-unplug-side soccer stick-push stick-pull
push push-wall push-back reach reach-wall shelf-place sweep-into sweep window-open window-close`.split(/\s+/);
const prompts = loadTaskPrompts("metaworld");
const texts = taskTexts(prompts, { tasks: ["door-open", "door-close", "drawer-open", "drawer-close", "reach"] });
const words = (text: string): Set<string> => new Set(text.toLowerCase().match(/[a-z]+/g));

describe("the texts of Meta-World", () => {
  it("cover its fifty tasks and no other", () => {
    expect([...prompts.keys()].sort((a, b) => a.localeCompare(b))).toEqual(names.sort((a, b) => a.localeCompare(b)));
  });

  it("are worded differently for one task: at most two thirds of the words are shared", () => {
    const close = [...taskTexts(prompts, { tasks: names })].flatMap(([task, sentences]) =>
      sentences.flatMap((a, i) =>
        sentences.slice(i + 1).flatMap((b) => {
          const [first, second] = [words(a), words(b)];
          const shared = [...first].filter((word) => second.has(word)).length;
          return shared / new Set([...first, ...second]).size > 2 / 3 ? [`${task}: ${a} | ${b}`] : [];
        }),
      ),
    );
    expect(close).toEqual([]);
  });

  it("tell opposite tasks apart by a word that the other one lacks", () => {
    const pairs = ["door-open door-close", "drawer-open drawer-close", "window-open window-close", "faucet-open faucet-close", "door-lock door-unlock", "push push-back", "handle-press handle-pull", "coffee-push coffee-pull", "plate-slide plate-slide-back"];
    for (const pair of pairs) {
      const [a, b] = pair.split(" ").map((task) => words((prompts.get(task)?.description ?? ""))) as [Set<string>, Set<string>];
      expect([...a].some((word) => !b.has(word)) && [...b].some((word) => !a.has(word))).toBe(true);
    }
  });
});

describe("loadTaskPrompts", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "llmdpd-"));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const load = async (content: unknown): Promise<unknown> => {
    const path = join(folder, "prompts.json");
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
    return loadTaskPrompts("metaworld", path);
  };
  const task = (description: string) => ({ description, paraphrases: ["the second wording", "the third wording", "the fourth wording"] });

  it("says what is wrong with a file", async () => {
    await expect(load("{")).rejects.toThrow("Cannot read task texts");
    await expect(load({ suite: "s", about: "", tasks: { reach: { description: "move the gripper", paraphrases: [] } } })).rejects.toThrow("paraphrases");
    await expect(load({ suite: "s", about: "", tasks: { a: task("the first wording"), b: task("The second wording") } })).rejects.toThrow('"b" and "a" both say');
  });
});

describe("controls", () => {
  it("names the nearest task for an unknown one", () => {
    expect(() => taskTexts(prompts, { tasks: ["door-opne"] })).toThrow('Did you mean "door-open"?');
  });

  it("emptyTexts says nothing, for every task", () => {
    expect([...emptyTexts(texts)]).toEqual([...texts.keys()].map((name) => [name, [""]]));
  });

  it("paraphrasedTexts leaves the description out", () => {
    expect(paraphrasedTexts(texts).get("reach")).toEqual(prompts.get("reach")?.paraphrases);
  });

  it("shuffledTexts deals all texts to other tasks, the same way for a seed", () => {
    for (let seed = 0; seed < 20; seed++) {
      const dealt = shuffledTexts(texts, { rng: new Rng(seed) });
      expect([...dealt.keys()].filter((name) => dealt.get(name) === texts.get(name))).toEqual([]);
      expect(new Set(dealt.values())).toEqual(new Set(texts.values()));
    }
    expect(shuffledTexts(texts, { rng: new Rng(3) })).toEqual(shuffledTexts(texts, { rng: new Rng(3) }));
    expect(() => shuffledTexts(new Map([["reach", ["go"]]]), { rng: new Rng(0) })).toThrow("at least 2 tasks");
  });

  it("shuffledWords keeps words and changes their order", () => {
    const [before, after] = [texts.get("door-open")?.[0] ?? "", shuffledWords(texts, { rng: new Rng(1) }).get("door-open")?.[0] ?? ""];
    expect(after).not.toBe(before);
    expect(after.split(" ").sort()).toEqual(before.split(" ").sort());
  });

  it("wrongTaskText is never the task's own", () => {
    const given = Array.from({ length: 50 }, (_, seed) => wrongTaskText(texts, { task: "reach", rng: new Rng(seed) }));
    expect(given.every(({ task, text }) => task !== "reach" && text === prompts.get(task)?.description)).toBe(true);
    expect(new Set(given.map(({ task }) => task)).size).toBe(4);
  });
});
