/** ONNX Runtime, on the processor or through WebGPU: the portable road. The one door to onnxruntime-node. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import type * as Ort from "onnxruntime-node";
import { emptyData, messageOf, projectRoot, sizeOf, UserError, type DType, type HostArray } from "../../util/index.js";
import type { Detection } from "../device.js";
import type { Graph, Node } from "../graph.js";
import { lowerProgram } from "../lower/index.js";
import { printOnnx } from "../onnx/index.js";
import type { Backend } from "./backend.js";
import { valueBackend } from "./values.js";

export type OnnxProvider = "cpu" | "webgpu";
type Values = readonly Ort.Tensor[];

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
  const model = Buffer.from(printOnnx(identity([{ dims: [1], type: "float32" }])).model).toString("base64");
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

/** A graph whose results are its inputs. */
function identity(kinds: readonly Pick<Ort.Tensor, "dims" | "type">[]): Graph {
  const parameters = kinds.map(({ dims, type }, index): Node<"parameter"> => ({ id: index, op: "parameter", inputs: [], shape: dims, dtype: type as DType, attributes: { index, name: "" } }));
  return { parameters, nodes: [], outputs: parameters };
}

/** A model ready to run: with `into`, the results are written to these. */
interface Model {
  run(inputs: Values, into?: Values): Promise<Ort.Tensor[]>;
  release(): void;
}

/** `onDevice` counts the outputs, from the first, that stay where they were computed. */
async function openModel(graph: Graph, { ort, provider, onDevice = 0 }: { ort: typeof Ort; provider: OnnxProvider; onDevice?: number }): Promise<Model> {
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
    return {
      run: async (inputs, into) => {
        const feeds = Object.fromEntries(inputs.map((tensor, i) => [`x${i}`, tensor]));
        const results = await session.run(feeds, Object.fromEntries(outputs.map((name, i) => [name, into?.[i] ?? null])));
        return outputs.map((name, i) => into?.[i] ?? (results[name] as Ort.Tensor));
      },
      release: () => void session.release(),
    };
  } catch (error) {
    throw new UserError(`Cannot compile for ONNX Runtime (${provider}): ${reasonOf(messageOf(error))}`, { cause: error });
  }
}

/** The ONNX Runtime backend. @throws UserError if its library is missing, or there is no GPU for WebGPU */
export async function open(provider: OnnxProvider): Promise<Backend> {
  const ort = await loadRuntime();
  return valueBackend<Ort.Tensor>({
    upload: (array) => toTensor(ort, array),
    read: async (values) => {
      let fetched = values;
      if (values.some(({ location }) => location !== "cpu")) {
        // A GPU's arrays leave it as results of a program that does nothing: this version cannot download them otherwise.
        const reader = await openModel(identity(values), { ort, provider });
        fetched = await reader.run(values).finally(() => reader.release());
      }
      return fetched.map(({ dims, type, data }) => ({ shape: dims, dtype: type, data: data as Float32Array }));
    },
    free: (values) => {
      if (provider !== "cpu") for (const tensor of values) tensor.dispose();
    },
    compile: async (program, { state }) => {
      const graph = lowerProgram(program);
      const model = await openModel(graph, { ort, provider, onDevice: state });
      const room = (): Values => graph.outputs.map(({ shape, dtype }) => toTensor(ort, { shape, dtype: dtype as DType, data: emptyData(dtype as DType, sizeOf(shape)) }));
      // On the processor the next state goes where the one before the present lay; a GPU makes new arrays.
      let spare = provider === "cpu" && state > 0 ? room() : undefined;
      const run = async (inputs: Values): Promise<Ort.Tensor[]> => {
        const results = await model.run(inputs, provider === "cpu" ? (spare ?? room()) : undefined);
        if (spare !== undefined) spare = [...inputs.slice(0, state), ...results.slice(state)];
        return results;
      };
      return { run, dispose: () => model.release() };
    },
  });
}
