import type { HostArray } from "../host-array.js";
import type { Program, Spec } from "../program.js";

/** A compiled function over flat lists. */
export interface Executable {
  call(inputs: readonly HostArray[]): Promise<HostArray[]>;
  dispose(): void;
}

/** A compiled update over flat lists; its state lives on the device between calls. */
export interface Stepper {
  /** Runs the update once per batch; one vector of metrics each. */
  run(batches: readonly (readonly HostArray[])[]): Promise<Float32Array[]>;
  readState(): Promise<HostArray[]>;
  writeState(state: readonly HostArray[]): Promise<void>;
  dispose(): void;
}

/** The first `state.length` inputs and outputs of the program are the state; one vector of metrics follows. */
export interface StepProgram {
  readonly program: Program;
  readonly state: readonly HostArray[];
  readonly metricCount: number;
}

export interface Backend {
  compile(program: Program, outputs: readonly Spec[]): Promise<Executable>;
  compileStep(step: StepProgram): Promise<Stepper>;
}
