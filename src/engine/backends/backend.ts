import type { HostArray } from "../../util/index.js";
import type { Program, Spec } from "../program.js";

/** A compiled function over flat lists. */
export interface Executable {
  call(inputs: readonly HostArray[]): Promise<HostArray[]>;
  dispose(): void;
}

/** A compiled update over flat lists; its state lives on the device between calls. */
export interface Stepper {
  /** How many updates may be started before the first is done; without it, one. They must copy their batch at once. */
  readonly ahead?: number;
  /** Runs the update once per batch; one vector of metrics each. */
  run(batches: readonly (readonly HostArray[])[]): Promise<Float32Array[]>;
  readState(): Promise<HostArray[]>;
  writeState(state: readonly HostArray[]): Promise<void>;
  dispose(): void;
}

/**
 * The first `state.length` inputs and outputs of the program are the state. Among the outputs one vector of metrics
 * follows; among the inputs the constants, which are the same in every update and stay on the device, and then the batch.
 */
export interface StepProgram {
  readonly program: Program;
  readonly state: readonly HostArray[];
  readonly constants: readonly HostArray[];
  readonly metricCount: number;
}

export interface Backend {
  compile(program: Program, outputs: readonly Spec[]): Promise<Executable>;
  compileStep(step: StepProgram): Promise<Stepper>;
}
