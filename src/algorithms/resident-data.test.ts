import { expect, test } from "vitest";
import { compile, treeEntries, type HostArray, type Tensor, type Tree } from "../engine/index.js";
import { Rng } from "../util/index.js";
import { createBatchSampler, type TransitionStore } from "./batch-sampler.js";
import { llmdpdConfig } from "./config.js";
import { residentBatches, residentBytes, type ResidentData, type RowBatch } from "./resident-data.js";

const dims = { observation: 3, action: 2, text: 5 };

function store(): TransitionStore {
  const rng = new Rng(3);
  const normal = (length: number): Float32Array => rng.fillNormal(new Float32Array(length));
  const tasks = [40, 25].map((count, i) => ({
    name: `task-${i}`,
    count,
    observations: normal(count * 3),
    actions: normal(count * 2),
    rewards: normal(count),
    nextObservations: normal(count * 3),
    notDone: Float32Array.from({ length: count }, (_, row) => (row % 7 === 0 ? 0 : 1)),
    goalStarts: Int32Array.of(0, 10, 20, count),
    prompts: [0, 1, 2].map((goal) => ({ goal, tokens: normal(4 * 6) })),
    texts: [normal(5), normal(5)],
  }));
  return { tasks };
}

test.each([true, false])("rows gathered on the device are the batches made on the host (trajectory prompts: %s)", async (useTrajectory) => {
  const config = llmdpdConfig.parse({ promptSteps: 4, tasksPerBatch: 3, samplesPerTask: 4, useTrajectory, trajectoryDropout: 0.4, textDropout: 0.3 });
  const options = { config, dims, store: store(), totalSteps: 10 };
  const host = createBatchSampler({ ...options, rng: new Rng(5) });
  const resident = residentBatches({ ...options, rng: new Rng(5) });
  const gather = await compile((rows: RowBatch<Tensor>, data: ResidentData<Tensor>) => resident.gather(rows, data), [resident.sample(0), resident.data], { device: "xla:cpu" });
  for (let step = 0; step < 4; step++) {
    const made = await gather(resident.sample(step), resident.data);
    const contents = (tree: unknown): unknown => Object.fromEntries(treeEntries(tree as Tree<HostArray>).map(([path, { shape, data }]) => [path, [shape, ...data]]));
    expect(contents(made)).toEqual(contents(host.sample(step)));
  }
  gather.dispose();
});

test("the size on the device counts what is kept there", () => {
  const one = store();
  expect(residentBytes(one)).toBe(4 * (65 * 7 + 6 * 24));
  expect(residentBytes({ tasks: [{ ...(one.tasks[0] as TransitionStore["tasks"][number]), count: 2 ** 24 }] })).toBe(Infinity);
});
