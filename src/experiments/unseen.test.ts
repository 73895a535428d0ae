/** A test task contributes its text and one prompt trajectory, and nothing else. */
import { describe, expect, it } from "vitest";
import { actionDim, observationDim } from "../envs/index.js";
import type { Episode } from "../datasets/index.js";
import { Rng } from "../util/index.js";
import { runConfig, type RunConfig } from "./config.js";
import { fitTexts, textVectors } from "./text-prompts.js";
import { promptPool, trainingNormaliser, transitionStore, type RunData } from "./training-data.js";

const trainTasks = ["door-open", "door-close"];
const configWith = (testTasks: readonly string[]): RunConfig =>
  runConfig({ data: { trainTasks, testTasks }, text: { encoder: "hash" }, algorithm: { promptSteps: 4 } });

function episode(task: string, { index, spread = 1 }: { index: number; spread?: number }): Episode {
  const rng = new Rng(index).fork(task);
  const steps = 6;
  return {
    task, index, steps, observationDim, actionDim, seed: 0, behaviour: "expert", noise: 0, success: true,
    goal: rng.fillUniform(new Float64Array(3)),
    observations: rng.fillNormal(new Float64Array((steps + 1) * observationDim)).map((x) => x * spread),
    actions: rng.fillUniform(new Float32Array(steps * actionDim)),
    rewards: rng.fillUniform(new Float64Array(steps)),
    terminations: new Uint8Array(steps), truncations: new Uint8Array(steps), successes: new Uint8Array(steps + 1).fill(1),
  };
}

const train = trainTasks.flatMap((task) => [0, 1, 2].map((index) => episode(task, { index })));
const oneWorld: RunData = { train, prompts: [episode("door-lock", { index: 0 })] };
const otherWorld: RunData = { train, prompts: [episode("door-unlock", { index: 5, spread: 1000 })] };

describe("test tasks", () => {
  const [one, other] = [configWith(["door-lock"]), configWith(["door-unlock"])];

  it("change no statistic and no training datum", async () => {
    const normaliser = trainingNormaliser(oneWorld.train, one);
    expect(trainingNormaliser(otherWorld.train, other)).toEqual(normaliser);
    const fitted = await fitTexts(one);
    expect(await fitTexts(other)).toEqual(fitted);
    const texts = await textVectors(one, fitted);
    const store = transitionStore(one, { data: oneWorld, normaliser, texts });
    expect(transitionStore(other, { data: otherWorld, normaliser, texts: await textVectors(other, fitted) })).toEqual(store);
    expect(store.tasks.map(({ name }) => name)).toEqual(trainTasks);
  });

  it("would change them if they were training tasks", async () => {
    const asTraining = runConfig({ data: { trainTasks: [...trainTasks, "door-lock"], testTasks: [] }, text: { encoder: "hash" } });
    expect(trainingNormaliser([...train, ...otherWorld.prompts], asTraining)).not.toEqual(trainingNormaliser(train, one));
    expect(await fitTexts(asTraining)).not.toEqual(await fitTexts(one));
  });

  it("give one description and one trajectory", async () => {
    const texts = await textVectors(one, await fitTexts(one));
    expect(texts.get("door-lock")).toHaveLength(1);
    expect(texts.get("door-open")).toHaveLength(4);
    expect(promptPool(one, oneWorld).get("door-lock")).toEqual(oneWorld.prompts);
  });
});

describe("prompts of training tasks", () => {
  it("are successful episodes only, the task's own or, as a control, another task's", () => {
    const failed = { ...episode("door-open", { index: 9 }), success: false };
    const data = { train: [...train, failed], prompts: oneWorld.prompts };
    const config = configWith(["door-lock"]);
    expect(promptPool(config, data).get("door-open")).toEqual(train.slice(0, 3));
    const shifted = { content: "wrong-task" } as const;
    expect(() => promptPool({ ...config, trajectory: shifted }, data)).toThrow(/Cannot prompt "door-lock" with another task's trajectory: at least two tasks are required/);
    const wrong = promptPool({ ...configWith(["door-lock", "door-unlock"]), trajectory: shifted }, { ...data, prompts: [...data.prompts, episode("door-unlock", { index: 0 })] });
    expect(wrong.get("door-lock")?.every(({ task }) => task === "door-unlock")).toBe(true);
    expect(wrong.get("door-open")?.every(({ task }) => task === "door-close")).toBe(true);
    expect(() => promptPool(config, { train: [failed], prompts: [] })).toThrow(/Cannot prompt with a trajectory of "door-open"/);
  });
});
