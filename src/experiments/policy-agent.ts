import { actingParameters, type ActingInputs, type ActingParameters, type Llmdpd, type LlmdpdState, type Prompts } from "../algorithms/index.js";
import { compile, constant, hostArray, treeMap, type Compiled, type Device, type HostArray, type Tree } from "../engine/index.js";
import { Rng } from "../util/index.js";
import { normalise, type Normaliser } from "./normaliser.js";
import type { AgentMaker, EpisodePlan } from "./rollout.js";

/** Prompts of one episode: a text vector (E) and a trajectory prompt (K · (S + A + 1)), as far as the variant reads them. */
export interface EpisodePrompts {
  readonly text?: Float32Array;
  readonly prompt?: Float32Array;
}

/** What of a planned episode a policy's prompts and noise depend on. */
export type PolicyPlan = Pick<EpisodePlan, "task" | "episode">;

export interface PolicyAgentOptions<P extends PolicyPlan = EpisodePlan> {
  readonly method: Llmdpd;
  readonly state: LlmdpdState<HostArray>;
  readonly normaliser: Normaliser;
  readonly plans: readonly P[];
  readonly promptsOf: (plan: P) => EpisodePrompts;
  /** Actions drawn per step, N. */
  readonly candidates: number;
  readonly seed: number;
  readonly device: Device;
  /** How many of an action's A numbers are the task's own; the rest are zero. Default A. */
  readonly ownActions?: number;
}

/** Prompts that are encoded at a time, whatever their number: the last bits of a product may depend on its number of rows. */
const promptsAtOnce = 32;

/** z of every plan's prompts, (plans, C); undefined for a variant without prompts. */
export async function encodeContexts<P extends PolicyPlan>({ method, state, plans, promptsOf, device }: Omit<PolicyAgentOptions<P>, "normaliser" | "candidates" | "seed">): Promise<Float32Array | undefined> {
  const width = method.contextWidth;
  if (width === 0) return undefined;
  const { policy } = actingParameters(state);
  const encode = await compile((parameters, inputs) => method.encode(parameters, inputs), [policy, method.examplePrompts(promptsAtOnce)] as const, { device });
  const contexts = new Float32Array(plans.length * width);
  for (let at = 0; at < plans.length; at += promptsAtOnce) {
    const some = plans.slice(at, at + promptsAtOnce);
    const z = await encode(policy, stackPrompts(some.map((plan) => ({ task: plan.task, ...promptsOf(plan) })), { method }));
    contexts.set((z.data as Float32Array).subarray(0, some.length * width), at * width);
  }
  encode.dispose();
  return contexts;
}

/** Prompts as rows, padded with zeros to the number that is encoded at a time. */
function stackPrompts(rows: readonly (EpisodePrompts & { task: string })[], { method }: Pick<PolicyAgentOptions, "method">): Prompts<HostArray> {
  const prompts = method.examplePrompts(promptsAtOnce);
  for (const kind of ["text", "prompt"] as const) {
    const target = prompts[kind];
    if (target === undefined) continue;
    const width = target.data.length / promptsAtOnce;
    rows.forEach((row, i) => {
      const source = row[kind];
      if (source?.length !== width) throw new Error(`Cannot encode the ${kind} of "${row.task}": ${width} numbers required, got ${source?.length ?? "none"}`);
      target.data.set(source, i * width);
    });
  }
  return prompts;
}

/**
 * The trained policy as an agent: EMA policy, target critics where there is more than one candidate. Its noise is
 * seeded by task, episode and step.
 */
export async function policyAgent<P extends PolicyPlan>(options: PolicyAgentOptions<P>): Promise<AgentMaker<P>> {
  const { method, state, normaliser, plans, candidates, seed, device } = options;
  const contexts = await encodeContexts(options);
  const { policy, critic } = actingParameters(state);
  const parameters = candidates > 1 ? { policy, critic } : { policy };
  const { action: actionWidth } = method.dims;
  const { ownActions = actionWidth } = options;
  const steps = method.config.denoisingSteps;

  const compileFor = (rows: number): Promise<Compiled<[ActingInputs<HostArray>], HostArray>> => {
    // Weights are constants of the program: they are on the device once, not copied at each step.
    const frozen = (): ActingParameters => treeMap(constant, parameters as Tree<HostArray>);
    const mask = (): Pick<ActingInputs, "actionMask"> => (ownActions === actionWidth ? {} : { actionMask: constant(hostArray([1, actionWidth], new Float32Array(actionWidth).fill(1, 0, ownActions))) });
    return compile((inputs) => method.act(frozen(), { ...inputs, ...mask() }), [method.exampleActing({ rows, candidates })] as const, { device });
  };
  const programs = new Map<number, ReturnType<typeof compileFor>>();

  return async (lanes) => {
    const compiling = programs.get(lanes) ?? compileFor(lanes);
    programs.set(lanes, compiling);
    const act = await compiling;
    const streams: Rng[] = [];
    const z = new Float32Array(lanes * method.contextWidth);
    const planIndex = new Map(plans.map((plan, i) => [plan, i]));
    const rows = candidates * lanes;

    const drawNoise = (active: readonly boolean[]): { noise: Float32Array; gumbel: Float32Array } => {
      const noise = new Float32Array(steps * rows * actionWidth);
      const gumbel = new Float32Array(rows);
      for (let lane = 0; lane < lanes; lane++) {
        const rng = streams[lane];
        if (active[lane] !== true || rng === undefined) continue;
        for (let step = 0; step < steps; step++) {
          for (let n = 0; n < candidates; n++) {
            const at = ((step * candidates + n) * lanes + lane) * actionWidth;
            for (let j = 0; j < actionWidth; j++) noise[at + j] = rng.normal();
          }
        }
        for (let n = 0; n < candidates; n++) gumbel[n * lanes + lane] = -Math.log(-Math.log(rng.uniform() || Number.MIN_VALUE));
      }
      return { noise, gumbel };
    };

    return {
      begin: (lane, plan) => {
        streams[lane] = new Rng(seed).fork("act", plan.task, plan.episode);
        const width = method.contextWidth;
        const i = planIndex.get(plan) as number;
        if (contexts !== undefined) z.set(contexts.subarray(i * width, (i + 1) * width), lane * width);
      },
      act: async (observations, active) => {
        const { noise, gumbel } = drawNoise(active);
        const actions = await act({
          observation: hostArray([lanes, method.dims.observation], normalise(observations, normaliser)),
          ...(contexts === undefined ? {} : { z: hostArray([lanes, method.contextWidth], z) }),
          noise: hostArray([steps, rows, actionWidth], noise),
          ...(candidates > 1 ? { gumbel: hostArray([candidates, lanes], gumbel) } : {}),
        });
        return actions.data as Float32Array;
      },
    };
  };
}
