import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hostArray, type HostArray, type Step } from "../engine/index.js";
import { Rng, UserError } from "../util/index.js";
import { readCheckpoint } from "./checkpoint.js";
import { readMetrics, readStatus } from "./run-store.js";
import { trainLoop } from "./train-loop.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "llmdpd-train-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type State = { readonly w: HostArray };

/** An update without a device: w ← w/2 + batch, and w as the metric. */
function halving(onUpdate: (k: number) => void = () => {}): Step<State, number> {
  let w = 1;
  let k = 0;
  return {
    device: { device: "jax-js", reason: "test" } as unknown as Step<State, number>["device"],
    metricNames: ["w"],
    ahead: 3,
    run: (batch) => {
      onUpdate(k++);
      w = Math.fround(w / 2 + (batch as number));
      return Promise.resolve([{ w }]);
    },
    readState: () => Promise.resolve({ w: hostArray([], [w]) }),
    writeState: (state) => {
      w = state.w.data[0] as number;
      return Promise.resolve();
    },
    dispose: () => {},
  };
}

const options = { batchAt: (k: number) => new Rng(7).fork("step", k).normal(), updates: 50, metricsEvery: 5, checkpointEvery: 10, extra: { note: "kept" } };
const metricsText = (): string => readFileSync(join(folder, "metrics.jsonl"), "utf8");

describe("the training loop", () => {
  it("ends with the same parameters and metrics after interruptions at any update", async () => {
    expect(await trainLoop(folder, { step: halving(), ...options })).toBe("finished");
    const whole = { metrics: metricsText(), w: (await readCheckpoint(join(folder, "checkpoints")))?.tensors.get("w")?.data[0] };
    expect(readStatus(folder)).toMatchObject({ state: "trained", step: 50 });
    rmSync(folder, { recursive: true });

    const endings: string[] = [];
    for (const crashAt of [3, 17, 9, 12, 100]) {
      const crash = (k: number): void => {
        if (k === crashAt) throw new Error("killed");
      };
      endings.push(await trainLoop(folder, { step: halving(crash), ...options }).catch((error: Error) => error.message));
    }
    expect(endings).toEqual(["killed", "killed", "killed", "killed", "finished"]);
    expect(metricsText()).toBe(whole.metrics);
    expect((await readCheckpoint(join(folder, "checkpoints")))?.tensors.get("w")?.data[0]).toBe(whole.w);
  });

  it("stops on a signal with a checkpoint at the next line of metrics", async () => {
    const controller = new AbortController();
    const abort = (k: number): void => {
      if (k === 21) controller.abort();
    };
    expect(await trainLoop(folder, { step: halving(abort), ...options, signal: controller.signal })).toBe("stopped");
    expect(await readCheckpoint(join(folder, "checkpoints"))).toMatchObject({ step: 25, extra: { note: "kept" } });
    expect(readMetrics(folder).at(-1)?.step).toBe(25);
  });

  it("says that a device failed, and which checkpoint is kept", async () => {
    const vanish = (k: number): void => {
      if (k === 33) throw new UserError("Cannot run the update on cuda: the device is gone.");
    };
    const step = halving();
    let k = 0;
    const failing = { ...step, run: async (batch: number | readonly number[]) => (vanish(k++), step.run(batch)) };
    await expect(trainLoop(folder, { step: failing, ...options })).rejects.toThrow(/update 34: Cannot run the update on cuda: the device is gone\. The checkpoint of update 30 is kept\. The same command goes on/);
    expect(readStatus(folder)).toMatchObject({ state: "failed", step: 30 });
    expect(await trainLoop(folder, { step: halving(), ...options })).toBe("finished");
  });

  it("stops at a loss that is not a number, says which, and keeps the last checkpoint", async () => {
    const batchAt = (k: number): number => (k === 33 ? NaN : 0);
    await expect(trainLoop(folder, { step: halving(), ...options, batchAt })).rejects.toThrow(/w is NaN at update 34\. The checkpoint of update 30 is kept/);
    expect(readStatus(folder)).toMatchObject({ state: "failed", step: 30 });
    expect((await readCheckpoint(join(folder, "checkpoints")))?.step).toBe(30);
  });
});
