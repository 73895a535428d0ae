import { diffusionQlSettings } from "../datasets/index.js";
import { oneOf } from "../util/index.js";
import { locomotionDatasets } from "./locomotion/config.js";
import type { Overrides } from "./schema.js";

/** A named set of overrides with the question that it answers. */
export interface Variant {
  readonly name: string;
  readonly reason: string;
  /** The only suite that it belongs to; without one it belongs to all. */
  readonly suite?: "metaworld" | "locomotion";
  readonly overrides: Overrides;
}

/** The text model of the variant `smaller-llm`: the default one cut after 10 of its 30 layers. */
export const smallerLlm = "smollm2-135m-cut10";

const table: Record<string, Omit<Variant, "name">> = {
  full: { reason: "LLMDPD with both prompts", overrides: {} },
  "no-text": { reason: "what the text prompt adds", overrides: { algorithm: { useText: false } } },
  "no-trajectory": { reason: "what the trajectory prompt adds", overrides: { algorithm: { useTrajectory: false } } },
  "smaller-llm": { reason: "what the size of the LLM adds: the same model cut after 10 of its 30 layers", overrides: { text: { encoder: smallerLlm } } },
  "no-prompts": { reason: "what a policy does that is told nothing about its task", overrides: { algorithm: { useText: false, useTrajectory: false } } },
  "empty-text": { reason: "whether the text path helps without any information in it", overrides: { text: { content: "empty" } } },
  "shuffled-text": { reason: "whether the meaning of the text matters or only that it tells tasks apart", overrides: { text: { content: "shuffled" } } },
  "wrong-trajectory": { reason: "whether the trajectory's content matters: each task is prompted with another task's", overrides: { trajectory: { content: "wrong-task" } } },
  "one-hot": { reason: "an oracle on training tasks: the task's number instead of its text", overrides: { text: { content: "one-hot", paraphrases: false }, algorithm: { useTrajectory: false } } },
  "no-regularisation": { reason: "what noise and dropout on the text prompt do", overrides: { text: { paraphrases: false }, algorithm: { textNoise: 0, textDropout: 0 } } },
  "other-encoder": { reason: "another text model; nothing follows about the size of the LLM", overrides: { text: { encoder: "minilm-l6" } } },
  "no-q": { reason: "behaviour cloning: the diffusion loss without the Q term", overrides: { algorithm: { eta: 0 } } },
  "blind-critic": { reason: "whether the critics need the prompts", overrides: { algorithm: { conditionCritic: false } } },
  "hidden-goal": { suite: "metaworld", reason: "what is left when the policy does not see the goal", overrides: { data: { goalVisible: false } } },
};

for (const steps of [1, 2, 10, 20]) {
  table[`denoise-${steps}`] = { reason: `${steps} denoising steps instead of 5`, overrides: { algorithm: { denoisingSteps: steps } } };
}

for (const dataset of locomotionDatasets) {
  // The paper has no settings for data of experts alone.
  const settings = diffusionQlSettings.find((each) => each.dataset === `${dataset}-v2`);
  if (settings === undefined) continue;
  const { eta, gradientNorm, actorLearningRate, rewardScaling } = settings;
  table[`diffusion-ql-${dataset}`] = {
    suite: "locomotion",
    reason: `Diffusion-QL: no prompts, a policy of its own for ${dataset}, with that data set's settings`,
    overrides: {
      data: { datasets: [dataset], rewardScaling },
      algorithm: { useText: false, useTrajectory: false, tasksPerBatch: 1, samplesPerTask: 256, eta, actorLearningRate, actorGradientClip: gradientNorm, criticGradientClip: gradientNorm },
    },
  };
}

/** The names of all variants; `variantNamed` tells what each is for. */
export const variantNames: readonly string[] = Object.keys(table);

/**
 * A variant by name.
 *
 * @throws UserError with the nearest match and the legal set
 */
export function variantNamed(name: string): Variant {
  const known = oneOf(name, variantNames, { what: "variant" });
  return { name: known, ...(table[known] as Omit<Variant, "name">) };
}
