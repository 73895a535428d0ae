import { join } from "node:path";
import { createLlmdpd, type Llmdpd, type LlmdpdState } from "../algorithms/index.js";
import { actionDim, observationDim } from "../envs/index.js";
import { treeAlign, treeEntries, treeFromEntries, treeUnflatten, type HostArray } from "../engine/index.js";
import { Rng, UserError } from "../util/index.js";
import { checkFinite, readCheckpoint } from "./checkpoint.js";
import type { RunConfig } from "./config.js";
import type { CheckpointExtra } from "./evaluate.js";

/** What a run has learnt. */
export interface Trained extends CheckpointExtra {
  readonly method: Llmdpd;
  readonly state: LlmdpdState<HostArray>;
  /** Updates made. */
  readonly step: number;
}

/**
 * Reads the last checkpoint of a run.
 *
 * @throws UserError if there is none, or its tensors are not those of the run's configuration
 */
export async function readTrained(path: string, { config, verb }: { config: RunConfig; verb: "evaluate" | "export" }): Promise<Trained> {
  const checkpoint = await readCheckpoint(join(path, "checkpoints"));
  if (checkpoint === undefined) throw new UserError(`Cannot ${verb} "${path}": a checkpoint is required, got none. Train the run first: npx --no llmdpd train --run ${path}`);
  const extra = checkpoint.extra as CheckpointExtra;
  const method = createLlmdpd({ config: config.algorithm, dims: { observation: observationDim, action: actionDim, text: extra.text?.dim ?? 1 } });
  const like = method.initState(new Rng(0));
  const leaves = treeAlign(like, { tree: treeFromEntries(checkpoint.tensors), what: `the checkpoint of "${path}"` });
  treeEntries<HostArray>(like).forEach(([name, { shape, dtype }], i) => {
    const found = leaves[i] as HostArray;
    if (found.shape.join() !== shape.join()) throw new UserError(`Cannot use the checkpoint of "${path}": "${name}" of shape (${shape.join(", ")}) is required by its config.json, got (${found.shape.join(", ")}).`);
    if (found.dtype !== dtype) throw new UserError(`Cannot use the checkpoint of "${path}": "${name}" of ${dtype} is required by its config.json, got ${found.dtype}.`);
  });
  checkFinite(checkpoint.tensors);
  return { ...extra, method, state: treeUnflatten(like, leaves) as unknown as LlmdpdState<HostArray>, step: checkpoint.step };
}
