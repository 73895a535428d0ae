/** One of our sides of the locomotion benchmark as a process of its own: ours | wasm; requests as in python/locomotion_peer.py. */
import { createInterface } from "node:readline";
import { type LocomotionEnv, createLocomotionEnv } from "../envs/index.js";
import { messageOf } from "../util/index.js";

type Request = { readonly do: "start"; readonly robot: string; readonly actions: readonly (readonly number[])[] } | { readonly do: "time" };

let env: LocomotionEnv | undefined;
let actions: readonly Float64Array[] = [];

function play(robot: LocomotionEnv): { ms: number; cpuMs: number; qpos: number[]; resets: number } {
  const start = { qpos: robot.simulation.qpos0.slice(), qvel: new Float64Array(robot.simulation.nv) };
  robot.reset(start);
  let resets = 0;
  const started = performance.now();
  const cpu = process.cpuUsage();
  for (const action of actions) {
    const { terminated, truncated } = robot.step(action);
    if (terminated || truncated) {
      robot.reset(start);
      resets++;
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - started, cpuMs: (user + system) / 1000, qpos: [...robot.simulation.qpos], resets };
}

async function answer(request: Request): Promise<Record<string, unknown>> {
  if (request.do === "start") {
    env?.close();
    env = await createLocomotionEnv(request.robot.toLowerCase(), { version: "v5", backend: process.argv[2] === "wasm" ? "wasm" : "native" });
    actions = request.actions.map((action) => Float64Array.from(action));
    return {};
  }
  if (env === undefined) throw new Error("Cannot answer before start");
  return play(env);
}

for await (const line of createInterface({ input: process.stdin })) {
  const result = await answer(JSON.parse(line) as Request).catch((error: unknown) => ({ error: messageOf(error) }));
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
process.exit(0);
