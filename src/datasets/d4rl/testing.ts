/** What the tests of D4RL files share: Python's writer, and files that our robots recorded. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type RobotName, createLocomotionEnv } from "../../envs/index.js";
import { Rng, projectRoot } from "../../util/index.js";
import type { D4rlData } from "./data.js";

/** Runs `python/<script>.py` in .venv; returns what it printed. */
export function python(script: string, ...args: readonly string[]): string {
  const program = join(projectRoot(), ".venv", process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const { status, stdout, stderr } = spawnSync(program, [join(projectRoot(), "src", "datasets", "d4rl", "python", `${script}.py`), ...args], { encoding: "utf8", env: { ...process.env, PYTHONWARNINGS: "ignore" } });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** Rows of a robot that is driven by random actions, with D4RL's fields; episodes are cut off after `longest` steps. */
export async function recordRandom(robot: RobotName, { rows, seed = 0, longest = 1000 }: { rows: number; seed?: number; longest?: number }): Promise<D4rlData> {
  const env = await createLocomotionEnv(robot);
  const { observationDim, actionDim } = env;
  const { nq, nv } = env.simulation;
  const data = {
    robot, rows, observationDim, actionDim,
    observations: new Float32Array(rows * observationDim), actions: new Float32Array(rows * actionDim), rewards: new Float32Array(rows),
    terminals: new Uint8Array(rows), timeouts: new Uint8Array(rows), nextObservations: new Float32Array(rows * observationDim),
    infos: { qpos: { shape: [rows, nq], data: new Float32Array(rows * nq) }, qvel: { shape: [rows, nv], data: new Float32Array(rows * nv) } },
    metadata: { algorithm: "random actions" },
  };
  const rng = new Rng(seed);
  let observation = env.reset(rng);
  let steps = 0;
  for (let row = 0; row < rows; row++) {
    data.infos.qpos.data.set(env.simulation.qpos, row * nq);
    data.infos.qvel.data.set(env.simulation.qvel, row * nv);
    const action = rng.fillUniform(new Float32Array(actionDim), { low: -1, high: 1 });
    const step = env.step(action);
    steps++;
    data.observations.set(observation, row * observationDim);
    data.actions.set(action, row * actionDim);
    data.rewards[row] = step.reward;
    data.nextObservations.set(step.observation, row * observationDim);
    data.terminals[row] = Number(step.terminated && steps < longest);
    data.timeouts[row] = Number(steps === longest);
    const over = step.terminated || steps === longest;
    observation = over ? env.reset(rng) : step.observation;
    if (over) steps = 0;
  }
  env.close();
  return data;
}
