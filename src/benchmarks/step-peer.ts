/** Our side of the step benchmark as a process of its own, so that it can be pinned: requests and answers as in python/peer.py. */
import { readFile, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { compileStep, treeFromEntries, type Device, type HostArray, type Step } from "../engine/index.js";
import type { BatchSampler, LlmdpdBatch, LlmdpdState } from "../algorithms/index.js";
import { Rng, messageOf } from "../util/index.js";
import { exportState, importState, readArrays, writeArrays } from "./exchange.js";
import { ownSide, type StepCase } from "./step-case.js";

type Request =
  | { readonly do: "start"; readonly case: string; readonly device: Device }
  | { readonly do: "check"; readonly state: string; readonly batches: string; readonly result: string }
  | { readonly do: "time"; readonly steps: number };

type OwnStep = Step<LlmdpdState<HostArray>, LlmdpdBatch<HostArray>>;

let own: { step: OwnStep; sampler: BatchSampler } | undefined;
let updates = 0;

async function answer(request: Request): Promise<Record<string, unknown>> {
  if (request.do === "start") {
    const started = performance.now();
    const { method, sampler } = ownSide(JSON.parse(await readFile(request.case, "utf8")) as StepCase, { buffers: 3 });
    const example = { state: method.initState(new Rng(0)), batch: method.exampleBatch() };
    own = { sampler, step: await compileStep(method.update, example, { device: request.device }) };
    return { version: own.step.device.device, compileMs: performance.now() - started };
  }
  if (own === undefined) throw new Error("Cannot answer before start");
  if (request.do === "check") {
    const { step } = own;
    await step.writeState(importState(await readArrays(request.state), { like: await step.readState() }));
    const batches = treeFromEntries(await readArrays(request.batches)) as Record<string, LlmdpdBatch<HostArray>>;
    for (const batch of Object.values(batches)) await step.run(batch);
    await writeFile(request.result, writeArrays(exportState(await step.readState())));
    return {};
  }
  return { ...(await time(own, request.steps)), rssMb: process.memoryUsage.rss() / 2 ** 20 };
}

/** The training loop: the next batches are assembled while the device computes. */
async function time({ step, sampler }: { step: OwnStep; sampler: BatchSampler }, steps: number): Promise<{ ms: number; cpuMs: number; loss: number }> {
  const started = performance.now();
  const cpu = process.cpuUsage();
  const flights: ReturnType<OwnStep["run"]>[] = [];
  let loss = 0;
  for (let done = 0, begun = 0; done < steps; done++) {
    for (; begun < steps && flights.length < Math.max(2, step.ahead); begun++) flights.push(step.run(sampler.sample(updates++)));
    loss = (await flights.shift())?.[0]?.["criticLoss"] ?? NaN;
  }
  const { user, system } = process.cpuUsage(cpu);
  return { ms: (performance.now() - started) / steps, cpuMs: (user + system) / 1000 / steps, loss };
}

for await (const line of createInterface({ input: process.stdin })) {
  const result = await answer(JSON.parse(line) as Request).catch((error: unknown) => ({ error: messageOf(error) }));
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
own?.step.dispose();
process.exit(0);
