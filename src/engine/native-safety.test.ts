/** What would crash native code is tried in a child process: our checks come first, and the process ends by itself. */
import { execFile } from "node:child_process";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../util/index.js";

const built = (file: string): string => pathToFileURL(join(projectRoot(), "dist", "engine", file)).href;
const prelude = `
const { Worker, isMainThread, parentPort, workerData } = await import("node:worker_threads");
const { compile, compileStep, hostArray } = await import("${built("index.js")}");
const { openClient, findPlugin } = await import("${built("pjrt/plugin.js")}");
const { PjrtCaller, PjrtClient } = await import("${built("pjrt/client.js")}");
const told = async (work) => { try { await work(); console.log("no error"); } catch (error) { console.log(error.message.split("\\n")[0]); } };
const x = hostArray([2, 3], [1, 2, 3, 4, 5, 6]);
const short = hostArray([2], [1, 2]);
const double = () => compile((t) => t.mul(2), [x], { device: "xla:cpu" });
const counter = () => compileStep((s, b) => ({ state: s.add(b), metrics: { sum: s.sum() } }), { state: x, batch: x }, { device: "xla:cpu" });
const doubling = "module @m { func.func public @main(%a: tensor<2x3xf32>) -> tensor<2x3xf32> { %0 = stablehlo.add %a, %a : tensor<2x3xf32> return %0 : tensor<2x3xf32> } }";
`;

/** The lines that a script on the built package prints; it must end by itself, and well. */
async function printed(script: string): Promise<string[]> {
  const ended = await new Promise<{ code: number | null; signal: string | null; output: string; errors: string }>((resolve) => {
    const child = execFile(process.execPath, ["--input-type=module", "-e", prelude + script], { timeout: 100_000 }, (_, output, errors) => resolve({ code: child.exitCode, signal: child.signalCode, output, errors }));
  });
  expect(ended).toMatchObject({ code: 0, signal: null });
  return ended.output.trim().split("\n");
}

test("arrays of a wrong shape, length or type", async () => {
  expect(
    await printed(`
      const f = await double();
      await told(() => f(short));
      await told(() => f({ ...x, data: new Float32Array(1) }));
      await told(() => f({ ...x, data: new Int32Array(6) }));
      await told(() => f(undefined));
      const step = await counter();
      await told(() => step.run(short));
      await told(() => step.writeState(short));
      console.log([...(await step.readState()).data].join(" "), (await step.run(x))[0].sum);
    `),
  ).toEqual([
    'Cannot use "0": required float32 (2, 3), got float32 (2).',
    'Cannot use "0": required 6 elements in a Float32Array, got 1 in a Float32Array.',
    'Cannot use "0": required 6 elements in a Float32Array, got 6 in a Int32Array.',
    'Cannot use arguments: "0" is missing, got nothing.',
    'Cannot use "batch": required float32 (2, 3), got float32 (2).',
    'Cannot use "state": required float32 (2, 3), got float32 (2).',
    "1 2 3 4 5 6 21",
  ]);
});

test("use after dispose, and dispose while something runs", async () => {
  expect(
    await printed(`
      const f = await double();
      const running = f(x);
      f.dispose();
      f.dispose();
      console.log([...(await running).data].join(" "));
      await told(() => f(x));
      const step = await counter();
      const update = step.run(x);
      step.dispose();
      step.dispose();
      console.log((await update)[0].sum);
      for (const call of [() => step.run(x), () => step.readState(), () => step.writeState(x)]) await told(call);
    `),
  ).toEqual(["2 4 6 8 10 12", "Cannot call a compiled function after dispose().", "21", ...Array.from({ length: 3 }, () => "Cannot use a step after dispose().")]);
});

test("buffers and programs that were given back, or never given", async () => {
  expect(
    await printed(`
      const client = await openClient("cpu");
      const [executable, buffers] = [client.compile(doubling), BigUint64Array.of(client.upload(x))];
      const caller = new PjrtCaller(executable, { inputs: 1, outputs: 1 });
      await told(() => caller.start());
      client.destroy(buffers);
      client.destroy(buffers);
      await told(() => client.download(buffers[0], x));
      caller.inputs[0] = client.upload(short);
      await told(() => caller.start());
      caller.inputs[0] = client.upload(x);
      caller.start();
      console.log([...(await client.download(caller.outputs[0], x)).data].join(" "));
      executable.destroy();
      executable.destroy();
      await told(() => caller.start());
      await told(() => executable.serialize());
    `),
  ).toEqual([
    "Cannot run a program: its input 0 was not given, or was given back",
    "Cannot read a buffer: it was given back",
    expect.stringMatching(/^Cannot run PJRT_LoadedExecutable_Execute: /),
    "2 4 6 8 10 12",
    "Cannot use a program: it was given back",
    "Cannot use a program: it was given back",
  ]);
});

test("two clients in one process", async () => {
  expect(
    await printed(`
      const { path, options } = await findPlugin("cpu");
      const clients = [PjrtClient.open(path, options), PjrtClient.open(path, options)];
      for (const client of clients) console.log([...(await client.download(client.upload(x), x)).data].join(" "));
      console.log([...(await (await double())(x)).data].join(" "));
    `),
  ).toEqual(["1 2 3 4 5 6", "1 2 3 4 5 6", "2 4 6 8 10 12"]);
});

/** Steps in worker threads: each reports every tenth sum and keeps its step. */
const workers = `
  const work = ${JSON.stringify(`${prelude}
    const step = await counter();
    for (let i = 1; i <= workerData; i++) {
      const [{ sum }] = await step.run(x);
      if (i % 10 === 0) parentPort.postMessage(sum);
    }
  `)};
  const start = (updates) => new Worker(new URL("data:text/javascript," + encodeURIComponent(work)), { workerData: updates, stderr: true });
  const ended = (worker) => new Promise((resolve) => { let last; worker.on("message", (sum) => (last = sum)).on("exit", (code) => resolve(code + " " + last)); });
`;

test("two workers with a step each", async () => {
  expect(await printed(`${workers} console.log((await Promise.all([ended(start(50)), ended(start(80))])).join(", "));`)).toEqual(["0 1050, 0 1680"]);
});

test("a worker that is ended in the middle, while another step goes on", async () => {
  expect(
    await printed(`${workers}
      const step = await counter();
      const worker = start(1e9);
      const over = ended(worker);
      await new Promise((resolve) => worker.once("message", resolve));
      await worker.terminate();
      console.log((await over).split(" ")[0]);
      for (let i = 0; i < 20; i++) await step.run(x);
      console.log((await step.run(x))[0].sum);
      console.log(await ended(start(10)));
    `),
  ).toEqual(["1", "441", "0 210"]);
});

test("a process that leaves while updates are under way", async () => {
  expect(await printed(`const step = await counter(); for (let i = 0; i < 5; i++) void step.run(x); console.log("leaves"); process.exit(0);`)).toEqual(["leaves"]);
});
