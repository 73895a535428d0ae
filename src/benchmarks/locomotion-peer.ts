/** One of our sides of the locomotion benchmark as a process of its own: ours | wasm | physics; requests as in python/locomotion_peer.py. */
import { createInterface } from "node:readline";
import { type LocomotionEnv, createLocomotionEnv, findRobot } from "../envs/index.js";
import { messageOf } from "../util/index.js";

type Request = { readonly do: "start"; readonly robot: string; readonly actions: readonly (readonly number[])[] } | { readonly do: "time" };

let env: LocomotionEnv | undefined;
let actions: readonly Float64Array[] = [];

interface Block {
  readonly ms: number;
  readonly cpuMs: number;
  readonly qpos: readonly number[];
  readonly resets: number;
}

/** The same steps as nothing but calls of MuJoCo: what an environment step costs at least. */
function playPhysics(robot: LocomotionEnv, { falls }: { falls: ReadonlySet<number> }): Block {
  const { simulation } = robot;
  const { frameSkip } = findRobot(robot.robot);
  const reset = (): void => {
    simulation.resetData();
    simulation.forward();
  };
  reset();
  const started = performance.now();
  const cpu = process.cpuUsage();
  for (let i = 0; i < actions.length; i++) {
    simulation.ctrl.set(actions[i] as Float64Array);
    simulation.step(frameSkip);
    if (falls.has(i)) reset();
  }
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - started, cpuMs: (user + system) / 1000, qpos: [...simulation.qpos], resets: falls.size };
}

function play(robot: LocomotionEnv, { onFall }: { onFall?: (step: number) => void } = {}): Block {
  const start = { qpos: robot.simulation.qpos0.slice(), qvel: new Float64Array(robot.simulation.nv) };
  robot.reset(start);
  let resets = 0;
  const started = performance.now();
  const cpu = process.cpuUsage();
  for (let i = 0; i < actions.length; i++) {
    const { terminated, truncated } = robot.step(actions[i] as Float64Array);
    if (terminated || truncated) {
      robot.reset(start);
      resets++;
      onFall?.(i);
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - started, cpuMs: (user + system) / 1000, qpos: [...robot.simulation.qpos], resets };
}

/** The steps after which the robot is put back, which the bare physics cannot tell. */
const falls = new Set<number>();

async function answer(request: Request): Promise<object> {
  if (request.do === "start") {
    env?.close();
    env = await createLocomotionEnv(request.robot.toLowerCase(), { version: "v5", backend: process.argv[2] === "wasm" ? "wasm" : "native" });
    actions = request.actions.map((action) => Float64Array.from(action));
    falls.clear();
    play(env, { onFall: (step) => void falls.add(step) });
    return {};
  }
  if (env === undefined) throw new Error("Cannot answer before start");
  return process.argv[2] === "physics" ? playPhysics(env, { falls }) : play(env);
}

for await (const line of createInterface({ input: process.stdin })) {
  const result = await answer(JSON.parse(line) as Request).catch((error: unknown) => ({ error: messageOf(error) }));
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
process.exit(0);
