/** An update on XLA: started ahead of the device, its state updated in place, its batch copied as one block. */
import { messageOf, sizeOf, UserError, type HostArray } from "../../util/index.js";
import { PjrtCaller, type PjrtClient, type PjrtExecutable } from "../pjrt/client.js";
import type { StepProgram, Stepper } from "./backend.js";

/** An update that the device has been given. */
interface Flight {
  readonly event: bigint;
  readonly metrics: Float32Array;
  readonly done: (metrics: Float32Array) => void;
  readonly failed: (error: unknown) => void;
}

/** The inputs of a step's program that travel in one block: the parts of the batch with elements of four bytes. */
export function packedInputs({ program, state, constants }: StepProgram): number[] {
  return program.inputs.flatMap(({ dtype }, i) => (i >= state.length + constants.length && dtype !== "bool" ? [i] : []));
}

export class XlaStepper implements Stepper {
  readonly ahead = 8;
  private readonly caller: PjrtCaller;
  /** The handles of the state among the inputs, of the batch after them. The constants, in between, stay. */
  private readonly state: BigUint64Array;
  private readonly batch: BigUint64Array;
  private readonly block: Int32Array;
  private readonly uploadBlock: () => bigint;
  private readonly flights: Flight[] = [];
  private collecting = false;
  private lost: string | undefined;

  constructor(
    private readonly client: PjrtClient,
    private readonly executable: PjrtExecutable,
    private readonly step: StepProgram,
  ) {
    const { program, state, constants } = step;
    const packed = packedInputs(step);
    const loose = program.inputs.length - packed.length;
    this.caller = new PjrtCaller(executable, { inputs: loose + (packed.length > 0 ? 1 : 0), outputs: state.length + 1 });
    this.state = this.caller.inputs.subarray(0, state.length);
    this.batch = this.caller.inputs.subarray(state.length + constants.length);
    state.forEach((array, i) => (this.state[i] = client.upload(array)));
    constants.forEach((array, i) => (this.caller.inputs[state.length + i] = client.upload(array)));
    this.block = new Int32Array(packed.reduce((sum, i) => sum + sizeOf(program.inputs[i]?.shape ?? []), 0));
    this.uploadBlock = client.uploader({ shape: [this.block.length], dtype: "int32", data: this.block });
  }

  /** Returns when the device has computed the metrics; the batches have been copied before the first wait. */
  async run(batches: readonly (readonly HostArray[])[]): Promise<Float32Array[]> {
    return Promise.all(batches.map(async (batch) => this.start(batch)));
  }

  private async start(arrays: readonly HostArray[]): Promise<Float32Array> {
    this.checkState();
    const { client, caller, state } = this;
    try {
      this.uploadBatch(arrays);
      caller.start();
    } catch (error) {
      throw this.failure(error, { taken: this.isTaken() });
    } finally {
      // The device reads on; only our claim on the batch ends.
      client.destroy(this.batch);
    }
    client.destroy(state);
    state.set(caller.outputs.subarray(0, state.length));
    const vector = caller.outputs.subarray(state.length);
    try {
      const { array, event } = client.startDownload(vector[0] as bigint, { shape: [this.step.metricCount], dtype: "float32" });
      return await new Promise((done, failed) => {
        this.flights.push({ event, metrics: array.data as Float32Array, done, failed });
        void this.collect();
      });
    } catch (error) {
      throw this.failure(error, { taken: true });
    } finally {
      client.destroy(vector);
    }
  }

  /** Numbers go into one block, whatever is left beside it. */
  private uploadBatch(arrays: readonly HostArray[]): void {
    const floats = new Float32Array(this.block.buffer);
    let offset = 0;
    let loose = 0;
    for (const array of arrays) {
      const { data, dtype } = array;
      if (dtype === "bool") this.batch[loose++] = this.client.upload(array);
      else (dtype === "float32" ? floats : this.block).set(data, offset);
      if (dtype !== "bool") offset += data.length;
    }
    if (loose < this.batch.length) this.batch[loose] = this.uploadBlock();
  }

  /** Waits for half of what is under way at a time: the device never runs dry, and one wait serves several updates. */
  private async collect(): Promise<void> {
    if (this.collecting) return;
    this.collecting = true;
    while (this.flights.length > 0) {
      const wave = Math.ceil(this.flights.length / 2);
      await this.client.api.waitFor((this.flights[wave - 1] as Flight).event);
      for (const { event, metrics, done, failed } of this.flights.splice(0, wave)) {
        try {
          this.client.api.settle(event);
          done(metrics);
        } catch (error) {
          failed(error);
        }
      }
      await Promise.resolve();
    }
    this.collecting = false;
  }

  private isTaken(): boolean {
    try {
      return this.state.some((buffer) => this.client.isDeleted(buffer));
    } catch {
      return true;
    }
  }

  private failure(error: unknown, { taken }: { taken: boolean }): UserError {
    const reason = messageOf(error);
    if (taken) this.lost ??= reason;
    const state = taken ? "The state was being updated in place and is lost; a state that was read before can be written back with writeState." : "The state is as it was before.";
    return new UserError(`Cannot run the update on ${this.client.platform}: ${reason}. ${state}`, { cause: error });
  }

  private checkState(): void {
    if (this.lost === undefined) return;
    throw new UserError(`Cannot use the state on ${this.client.platform}: it was lost when an update failed (${this.lost}). Write a saved state with writeState to go on.`);
  }

  async readState(): Promise<HostArray[]> {
    this.checkState();
    return Promise.all(this.step.state.map(async (spec, i) => this.client.download(this.state[i] as bigint, spec)));
  }

  async writeState(arrays: readonly HostArray[]): Promise<void> {
    const next = BigUint64Array.from(arrays, (array) => this.client.upload(array));
    this.client.destroy(this.state);
    this.state.set(next);
    this.lost = undefined;
  }

  dispose(): void {
    this.client.destroy(this.caller.inputs);
    this.executable.destroy();
  }
}
