import { actingParameters, type ActingInputs, type Llmdpd, type LlmdpdState } from "../algorithms/index.js";
import { compile, hostArray, stack, type Device, type HostArray } from "../engine/index.js";
import { createMetaworldEnv } from "../envs/index.js";
import { Rng } from "../util/index.js";
import { normalise, type Normaliser } from "./normaliser.js";
import { encodeContexts, type EpisodePrompts } from "./policy-agent.js";
import { writeTable } from "./records.js";
import type { EpisodePlan } from "./rollout.js";

/** One sample's action at one point of the reverse diffusion. */
export interface DiffusionRow {
  readonly task: string;
  readonly sample: number;
  /** Denoising steps done: 0 is noise, T is the action. */
  readonly step: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly grip: number;
}

const samples = 64;

/** Writes how the policy turns noise into the first action of the first planned episode, for a number of samples. */
export async function writeDiffusionPaths(
  path: string,
  options: {
    readonly method: Llmdpd;
    readonly state: LlmdpdState<HostArray>;
    readonly normaliser: Normaliser;
    readonly plans: readonly EpisodePlan[];
    readonly promptsOf: (plan: EpisodePlan) => EpisodePrompts;
    readonly seed: number;
    readonly device: Device;
  },
): Promise<void> {
  const { method, state, normaliser, seed, device } = options;
  const plan = options.plans[0] as EpisodePlan;
  const env = await createMetaworldEnv(plan.task);
  const observation = normalise(env.reset(plan.goal), normaliser);
  env.close();
  const context = await encodeContexts({ ...options, plans: [plan] });
  const steps = method.config.denoisingSteps;
  const width = method.dims.action;
  const repeated = (row: Float32Array): Float32Array => Float32Array.from({ length: samples * row.length }, (_, i) => row[i % row.length] as number);
  const inputs: Omit<ActingInputs<HostArray>, "gumbel"> = {
    observation: hostArray([samples, observation.length], repeated(observation)),
    ...(context === undefined ? {} : { z: hostArray([samples, context.length], repeated(context)) }),
    noise: hostArray([steps, samples, width], new Rng(seed).fork("diffusion-paths").fillNormal(new Float32Array(steps * samples * width))),
  };
  const { policy } = actingParameters(state);
  const trace = await compile((parameters, given) => stack(method.actionPath(parameters, given), 0), [policy, inputs] as const, { device });
  const { data } = await trace(policy, inputs);
  trace.dispose();
  const rows: DiffusionRow[] = [];
  for (let step = 0; step <= steps; step++) {
    for (let sample = 0; sample < samples; sample++) {
      const [x, y, z, grip] = data.subarray((step * samples + sample) * width, (step * samples + sample + 1) * width) as unknown as [number, number, number, number];
      rows.push({ task: plan.task, sample, step, x, y, z, grip });
    }
  }
  await writeTable(path, rows);
}
