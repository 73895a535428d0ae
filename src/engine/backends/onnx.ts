/** ONNX Runtime, on the processor or through WebGPU: the portable road. The one door to onnxruntime-node. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import type * as Ort from "onnxruntime-node";
import { emptyData, messageOf, projectRoot, sizeOf, UserError, type HostArray } from "../../util/index.js";
import type { Detection } from "../device.js";
import type { Graph, Node } from "../graph.js";
import { lowerProgram } from "../lower/index.js";
import { printOnnx } from "../onnx/index.js";
import type { Backend, StepProgram, Stepper } from "./backend.js";

export type OnnxProvider = "cpu" | "webgpu";
type Values = readonly Ort.Tensor[];
type Kind = Pick<HostArray, "shape" | "dtype">;

/** Loads ONNX Runtime. @throws UserError if its library is missing */
async function loadRuntime(): Promise<typeof Ort> {
  try {
    const module = (await import("onnxruntime-node")) as typeof Ort & { default?: typeof Ort };
    return module.default ?? module;
  } catch (error) {
    const system = `${process.platform}-${process.arch}`;
    throw new UserError(`Cannot load ONNX Runtime: the library of onnxruntime-node for ${system} is required, got: ${messageOf(error)}. \`npm ci\` installs it again; it exists for Linux, macOS (arm64) and Windows.`, { cause: error });
  }
}

/** Opens a program of one operation on a provider, in a process of its own: drivers print, and may crash. */
const probe = `require("onnxruntime-node").InferenceSession.create(Buffer.from(process.argv[1], "base64"), { executionProviders: [process.argv[2]] })
  .then(() => process.exit(0), (error) => { console.log(error.message); process.exit(1); });`;

/** Looks for ONNX Runtime and for what its provider needs. */
export async function detect(provider: OnnxProvider): Promise<Detection> {
  const version = (await loadRuntime()).env.versions.node;
  const found = { found: "onnxruntime-node", ...(version === undefined ? {} : { version }) };
  if (provider === "cpu") return { ...found, hardware: "processor" };
  const x: Node<"parameter"> = { id: 0, op: "parameter", inputs: [], shape: [1], dtype: "float32", attributes: { index: 0, name: "x" } };
  const model = Buffer.from(printOnnx({ parameters: [x], nodes: [], outputs: [x] }).model).toString("base64");
  const why = await new Promise<string | undefined>((resolve) => {
    execFile(process.execPath, ["-e", probe, model, provider], { cwd: projectRoot(), timeout: 20_000 }, (error, stdout) => resolve(error === null ? undefined : stdout));
  });
  if (why !== undefined) return { problem: reasonOf(why) };
  return { ...found, hardware: isSoftware() ? "software" : "graphics processor" };
}

/** What is wrong, in words: the runtime answers with places in its own source. */
const reasonOf = (text: string): string => (/adapter/.test(text) ? "it finds no graphics processor that WebGPU can use" : text.trim() === "" ? "its driver failed" : text.trim());

/** Whether Vulkan has only software to run on: an interpreter was named, or Linux shows no device of a graphics processor. */
function isSoftware(): boolean {
  const named = process.env["VK_DRIVER_FILES"] ?? process.env["VK_ICD_FILENAMES"] ?? "";
  return /swiftshader|lvp|llvmpipe/.test(named) || (process.platform === "linux" && !["/dev/dri", "/dev/nvidia0", "/dev/dxg"].some((path) => existsSync(path)));
}

const toTensor = (ort: typeof Ort, { dtype, data, shape }: HostArray): Ort.Tensor => new ort.Tensor(dtype, data as Float32Array, shape);
const empty = ({ dtype, shape }: Kind): HostArray => ({ dtype, shape, data: emptyData(dtype, sizeOf(shape)) });

/** A model ready to run. */
class Model {
  private constructor(
    readonly ort: typeof Ort,
    private readonly session: Ort.InferenceSession,
    private readonly outputs: readonly string[],
  ) {}

  /** `onDevice` counts the outputs, from the first, that stay where they were computed. */
  static async open(graph: Graph, { provider, onDevice = 0 }: { provider: OnnxProvider; onDevice?: number }): Promise<Model> {
    const ort = await loadRuntime();
    const { model, outputs } = printOnnx(graph);
    const stays = Object.fromEntries(outputs.slice(0, onDevice).map((name) => [name, "gpu-buffer" as const]));
    try {
      const session = await ort.InferenceSession.create(model, {
        executionProviders: [provider],
        graphOptimizationLevel: "all",
        // Threads that the process may really use: more of them would wait for each other.
        intraOpNumThreads: availableParallelism(),
        logSeverityLevel: 3,
        ...(provider === "cpu" ? {} : { preferredOutputLocation: stays }),
      });
      return new Model(ort, session, outputs);
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError(`Cannot compile for ONNX Runtime (${provider}): ${reasonOf(messageOf(error))}`, { cause: error });
    }
  }

  /** Results, in order; with `into`, written to these. */
  async run(inputs: Values, into?: Values): Promise<Values> {
    const feeds = Object.fromEntries(inputs.map((tensor, i) => [`x${i}`, tensor]));
    const fetches = Object.fromEntries(this.outputs.map((name, i) => [name, into?.[i] ?? null]));
    const results = await this.session.run(feeds, fetches);
    return into ?? this.outputs.map((name) => results[name] as Ort.Tensor);
  }

  release(): void {
    void this.session.release();
  }
}

class OnnxStepper implements Stepper {
  /** Where the next state goes on the processor, whose turn it is in turn with the present one's; a GPU makes new ones. */
  private spare: Values | undefined;
  private state: Values;
  private reader: Promise<Model> | undefined;

  constructor(
    private readonly model: Model,
    private readonly step: StepProgram,
    private readonly options: { readonly graph: Graph; readonly provider: OnnxProvider },
  ) {
    this.state = this.owned(step.state);
    this.spare = options.provider === "cpu" ? this.owned(step.state.map(empty)) : undefined;
  }

  async run(batches: readonly (readonly HostArray[])[]): Promise<Float32Array[]> {
    const metrics: Float32Array[] = [];
    for (const batch of batches) {
      const inputs = [...this.state, ...batch.map((array) => toTensor(this.model.ort, array))];
      const vector = toTensor(this.model.ort, empty({ dtype: "float32", shape: [this.step.metricCount] }));
      const results = await this.model.run(inputs, this.spare && [...this.spare, vector]);
      metrics.push(results.at(-1)?.data as Float32Array);
      this.replace(results.slice(0, -1));
    }
    return metrics;
  }

  /** A GPU's arrays leave it as results of a program that does nothing: this version cannot download them otherwise. */
  async readState(): Promise<HostArray[]> {
    let values = this.state;
    if (values.some(({ location }) => location !== "cpu")) {
      const state = this.options.graph.parameters.slice(0, values.length);
      this.reader ??= Model.open({ parameters: state, nodes: [], outputs: state }, this.options);
      values = await (await this.reader).run(values);
    }
    return values.map(({ data }, i) => ({ ...(this.step.state[i] as HostArray), data: (data as Float32Array).slice() }));
  }

  async writeState(state: readonly HostArray[]): Promise<void> {
    this.replace(this.owned(state));
  }

  dispose(): void {
    this.replace([]);
    this.model.release();
    void this.reader?.then((reader) => reader.release());
  }

  private replace(next: Values): void {
    if (this.spare === undefined) for (const tensor of this.state) tensor.dispose();
    else this.spare = this.state;
    this.state = next;
  }

  /** Copies, which nobody else writes to. */
  private owned(arrays: readonly HostArray[]): Values {
    return arrays.map((array) => toTensor(this.model.ort, { ...array, data: array.data.slice() }));
  }
}

/** The ONNX Runtime backend. @throws UserError if its library is missing, or there is no GPU for WebGPU */
export async function open(provider: OnnxProvider): Promise<Backend> {
  return {
    compile: async (program, outputs) => {
      const model = await Model.open(lowerProgram(program), { provider });
      const call = async (inputs: readonly HostArray[]): Promise<HostArray[]> => {
        const results = outputs.map(empty);
        const [from, into] = [inputs, results].map((arrays) => arrays.map((array) => toTensor(model.ort, array)));
        await model.run(from as Values, into);
        return results;
      };
      return { call, dispose: () => model.release() };
    },
    compileStep: async (step) => {
      const graph = lowerProgram(step.program);
      return new OnnxStepper(await Model.open(graph, { provider, onDevice: step.state.length }), step, { graph, provider });
    },
  };
}
