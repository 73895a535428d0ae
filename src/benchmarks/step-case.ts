import { createBatchSampler, createLlmdpd, llmdpdConfig, type BatchSampler, type Llmdpd, type LlmdpdConfig, type LlmdpdDims, type TransitionStore } from "../algorithms/index.js";
import { Rng, UserError } from "../util/index.js";

/** What is varied between cases of the step benchmark. */
export interface StepShape {
  /** Transitions in a batch. */
  readonly batch: number;
  /** Width of the hidden layers. */
  readonly hidden: number;
  /** Whether the policy reads trajectory prompts. */
  readonly trajectory: boolean;
  /** Cores. */
  readonly threads: number;
}

/** A case as every peer reads it. */
export interface StepCase {
  readonly threads: number;
  readonly config: LlmdpdConfig;
  readonly dims: LlmdpdDims;
  /** Size of the made-up data set: about that of a small Meta-World study. */
  readonly data: { readonly tasks: number; readonly transitions: number; readonly goals: number; readonly prompts: number; readonly texts: number };
}

/** Widths of Meta-World and of SmolLM2-135M's vectors. */
const dims: LlmdpdDims = { observation: 39, action: 4, text: 576 };
const data: StepCase["data"] = { tasks: 16, transitions: 6000, goals: 30, prompts: 30, texts: 4 };

/**
 * The defaults of the method with another width and batch size. The moving average is due from the first update on,
 * so that it is part of what is compared.
 *
 * @throws UserError if the batch cannot be grouped by task
 */
export function stepCase({ batch, hidden, trajectory, threads }: StepShape): StepCase {
  const tasks = llmdpdConfig.parse({}).tasksPerBatch;
  if (!Number.isInteger(batch / tasks) || batch < tasks) throw new UserError(`Cannot time a batch of ${batch}: a multiple of ${tasks} is required, the number of tasks in a batch.`);
  const config = llmdpdConfig.parse({ hidden, useTrajectory: trajectory, samplesPerTask: batch / tasks, emaFrom: 0 });
  return { threads, config, dims, data };
}

/** Our side of a case: the method and a sampler over made-up data. */
export function ownSide({ config, dims: widths, data: sizes }: StepCase, { buffers }: { buffers: number }): { method: Llmdpd; sampler: BatchSampler } {
  const store = madeUpStore(sizes, { config, dims: widths });
  const sampler = createBatchSampler({ config, dims: widths, store, rng: new Rng(1), totalSteps: 1_000_000, buffers });
  return { method: createLlmdpd({ config, dims: widths }), sampler };
}

function madeUpStore(sizes: StepCase["data"], { config, dims: widths }: { config: LlmdpdConfig; dims: LlmdpdDims }): TransitionStore {
  const { transitions, goals } = sizes;
  const tasks = Array.from({ length: sizes.tasks }, (_, task) => {
    const rng = new Rng(2).fork("task", task);
    const uniform = (length: number): Float32Array => rng.fillUniform(new Float32Array(length), { low: -1, high: 1 });
    return {
      name: `task-${task}`,
      count: transitions,
      observations: uniform(transitions * widths.observation),
      actions: uniform(transitions * widths.action),
      rewards: uniform(transitions),
      nextObservations: uniform(transitions * widths.observation),
      notDone: new Float32Array(transitions).fill(1),
      goalStarts: Int32Array.from({ length: goals + 1 }, (_unused, goal) => Math.round((goal * transitions) / goals)),
      prompts: Array.from({ length: sizes.prompts }, (_unused, i) => ({
        goal: i % goals,
        tokens: uniform(config.promptSteps * (widths.observation + widths.action + 1)),
      })),
      texts: Array.from({ length: sizes.texts }, () => uniform(widths.text)),
    };
  });
  return { tasks };
}
