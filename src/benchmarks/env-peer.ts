/** One of our sides of the simulator's benchmark as a process of its own: ours | physics | wasm; requests as in python/env_peer.py. */
import { createInterface } from "node:readline";
import { bareStep, createMetaworldEnv, expertAction, type MetaworldEnv } from "../envs/index.js";
import { messageOf } from "../util/index.js";

type Request = { readonly do: "start"; readonly task: string; readonly randVec: readonly number[]; readonly steps: number } | { readonly do: "time" };

/** A loaded task: `prepare` puts it to its start, `play` is what is timed. */
interface Side {
  readonly env: MetaworldEnv;
  readonly prepare: () => void;
  readonly play: () => void;
}

const kind = process.argv[2] as "ours" | "physics" | "wasm";
let side: Side | undefined;

async function start({ task, randVec, steps }: Request & { do: "start" }): Promise<Side> {
  const env = await createMetaworldEnv(task, { backend: kind === "wasm" ? "wasm" : "native" });
  let observation = env.reset(randVec);
  const prepare = (): void => void (observation = env.reset(randVec));
  const step = (): void => void (observation = env.step(expertAction(task, observation)).observation);
  if (kind === "physics") return { env, prepare, play: await replay(env, { step, steps }) };
  return {
    env,
    prepare,
    play: () => {
      for (let i = 0; i < steps; i++) step();
    },
  };
}

/** The bare physics of an episode: what the expert's actions wrote for each step, then MuJoCo's calls. */
async function replay({ simulation }: MetaworldEnv, { step, steps }: { step: () => void; steps: number }): Promise<() => void> {
  const tape = Array.from({ length: steps }, () => {
    step();
    return { position: simulation.mocapPos.slice(), turn: simulation.mocapQuat.slice(), control: simulation.ctrl.slice() };
  });
  const physics = await bareStep(simulation);
  const { mocapPos, mocapQuat, ctrl } = simulation;
  return () => {
    for (const { position, turn, control } of tape) {
      mocapPos.set(position);
      mocapQuat.set(turn);
      ctrl.set(control);
      physics();
    }
  };
}

async function answer(request: Request): Promise<Record<string, unknown>> {
  if (request.do === "start") {
    side?.env.close();
    side = undefined;
    side = await start(request);
    return {};
  }
  if (side === undefined) throw new Error("Cannot answer before start");
  side.prepare();
  const started = performance.now();
  const cpu = process.cpuUsage();
  side.play();
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - started, cpuMs: (user + system) / 1000, qpos: [...side.env.simulation.qpos] };
}

for await (const line of createInterface({ input: process.stdin })) {
  const result = await answer(JSON.parse(line) as Request).catch((error: unknown) => ({ error: messageOf(error) }));
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
process.exit(0);
