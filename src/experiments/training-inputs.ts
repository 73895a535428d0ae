import type { Llmdpd, LlmdpdDims, PromptGoal, TransitionStore } from "../algorithms/index.js";
import type { Device } from "../engine/index.js";
import type { Evaluation } from "./train-loop.js";
import type { TrainedExtra } from "./trained.js";

/** What a suite gives to training. */
export interface TrainingInputs {
  readonly dims: LlmdpdDims;
  readonly store: TransitionStore;
  readonly promptGoal: PromptGoal;
  /** Stored with each checkpoint: what acting needs besides parameters. */
  readonly extra: Omit<TrainedExtra, "parameterCount"> & Readonly<Record<string, unknown>>;
  /** How a run is scored while it is trained, in suites that do so. */
  readonly evaluation?: (path: string, trained: { readonly method: Llmdpd; readonly extra: TrainedExtra; readonly device: Device }) => Evaluation;
}
