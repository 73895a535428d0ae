import { fitTexts, textVectors } from "../text-prompts.js";
import type { TrainingInputs } from "../training-inputs.js";
import type { LocomotionConfig } from "./config.js";
import { evaluationOfRun } from "./evaluate.js";
import { loadLocomotion, locomotionStore, locomotionWidths } from "./training-data.js";

/** What training on locomotion is fed with. */
export async function locomotionInputs(config: LocomotionConfig): Promise<TrainingInputs> {
  const sets = await loadLocomotion(config);
  const text = config.algorithm.useText ? await fitTexts(config) : undefined;
  const texts = text === undefined ? undefined : await textVectors(config, text);
  const normalisers = Object.fromEntries(sets.map(({ name, normaliser }) => [name, normaliser]));
  return {
    dims: { ...locomotionWidths(config), text: text?.dim ?? 1 },
    store: locomotionStore(config, { sets, ...(texts === undefined ? {} : { texts }) }),
    promptGoal: "any",
    extra: { normalisers, ...(text === undefined ? {} : { text }) },
    evaluation: (path, trained) => evaluationOfRun(path, { config, sets, texts, normalisers, ...trained }),
  };
}
