import { join } from "node:path";
import { createLlmdpd, type Llmdpd, type LlmdpdDims, type LlmdpdState } from "../algorithms/index.js";
import { actionDim, observationDim } from "../envs/index.js";
import { treeAlign, treeEntries, treeFromEntries, treeUnflatten, type HostArray } from "../engine/index.js";
import { Rng, UserError } from "../util/index.js";
import { checkFinite, readCheckpoint, type Checkpoint } from "./checkpoint.js";
import type { RunConfig } from "./config.js";
import type { Normaliser } from "./normaliser.js";
import type { FittedTexts } from "./text-prompts.js";

/** What every checkpoint carries besides tensors. */
export interface TrainedExtra {
  /** Absent for a variant without text prompts. */
  readonly text?: FittedTexts;
  readonly parameterCount: Llmdpd["parameterCount"];
}

/** What a run has learnt, and what else its suite keeps in a checkpoint. */
export type Learnt<E extends TrainedExtra> = E & {
  readonly method: Llmdpd;
  readonly state: LlmdpdState<HostArray>;
  /** Updates made. */
  readonly step: number;
};

/** What a Meta-World checkpoint carries. */
export interface CheckpointExtra extends TrainedExtra {
  readonly normaliser: Normaliser;
}

export type Trained = Learnt<CheckpointExtra>;

/** The last checkpoint of a Meta-World run, see `readLearnt`. */
export async function readTrained(path: string, options: Pick<LearntOptions, "config" | "verb">): Promise<Trained> {
  return await readLearnt<CheckpointExtra>(path, { ...options, widths: { observation: observationDim, action: actionDim } });
}

/** The checkpoints of a run: the last one, and in suites that evaluate while training the best one. */
export type CheckpointName = "last" | "best";

/** The folder of a run's checkpoints of a name. */
export function checkpointsFolder(path: string, name: CheckpointName = "last"): string {
  return join(path, name === "last" ? "checkpoints" : "best");
}

interface LearntOptions {
  readonly config: Pick<RunConfig, "algorithm">;
  /** Of the run's data. */
  readonly widths: Pick<LlmdpdDims, "observation" | "action">;
  readonly verb: "evaluate" | "export" | "watch";
  readonly checkpoint?: CheckpointName;
}

/**
 * Reads the last checkpoint of a run, or its best.
 *
 * @throws UserError if there is none, or its tensors are not those of the run's configuration
 */
export async function readLearnt<E extends TrainedExtra>(path: string, { config, widths, verb, checkpoint: name }: LearntOptions): Promise<Learnt<E>> {
  const checkpoint = await readCheckpoint(checkpointsFolder(path, name));
  if (checkpoint === undefined) throw new UserError(`Cannot ${verb} "${path}": a checkpoint is required, got none. Train the run first: npx --no llmdpd train --run ${path}`);
  const extra = checkpoint.extra as E;
  const method = createLlmdpd({ config: config.algorithm, dims: { ...widths, text: extra.text?.dim ?? 1 } });
  checkFinite(checkpoint.tensors);
  return { ...extra, method, state: stateOf(method, { tensors: checkpoint.tensors, path }), step: checkpoint.step };
}

/** A method's state from the tensors of a checkpoint. @throws UserError that names the tensor that is missing or of another shape */
export function stateOf(method: Llmdpd, { tensors, path }: { tensors: Checkpoint["tensors"]; path: string }): LlmdpdState<HostArray> {
  const like = method.initState(new Rng(0));
  const leaves = treeAlign(like, { tree: treeFromEntries(tensors), what: `the checkpoint of "${path}"` });
  treeEntries<HostArray>(like).forEach(([name, { shape, dtype }], i) => {
    const found = leaves[i] as HostArray;
    if (found.shape.join() !== shape.join()) throw new UserError(`Cannot use the checkpoint of "${path}": "${name}" of shape (${shape.join(", ")}) is required by its config.json, got (${found.shape.join(", ")}).`);
    if (found.dtype !== dtype) throw new UserError(`Cannot use the checkpoint of "${path}": "${name}" of ${dtype} is required by its config.json, got ${found.dtype}.`);
  });
  return treeUnflatten(like, leaves) as unknown as LlmdpdState<HostArray>;
}
