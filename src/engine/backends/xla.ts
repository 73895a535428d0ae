/** XLA through a PJRT plug-in: the fast road. */
import { lowerProgram } from "../lower/index.js";
import type { CompileFlags } from "../pjrt/compile-options.js";
import { PjrtCaller, type PjrtClient, type PjrtExecutable } from "../pjrt/client.js";
import { openClient, platformFlags, type Platform } from "../pjrt/plugin.js";
import { compileCached } from "../pjrt/program-cache.js";
import { printStableHlo } from "../stablehlo/index.js";
import type { Spec } from "../program.js";
import type { Backend, Executable } from "./backend.js";
import { packedInputs, XlaStepper } from "./xla-stepper.js";

export { detect } from "../pjrt/plugin.js";

/** A compiled function: its inputs are copied in, its results out. */
function xlaExecutable(client: PjrtClient, executable: PjrtExecutable, { inputs, outputs }: { inputs: number; outputs: readonly Spec[] }): Executable {
  const caller = new PjrtCaller(executable, { inputs, outputs: outputs.length });
  return {
    async call(arrays) {
      const results = new BigUint64Array(outputs.length);
      try {
        arrays.forEach((array, i) => (caller.inputs[i] = client.upload(array)));
        caller.start();
        results.set(caller.outputs);
      } finally {
        client.destroy(caller.inputs);
      }
      try {
        return await Promise.all(outputs.map(async (spec, i) => client.download(results[i] as bigint, spec)));
      } finally {
        client.destroy(results);
      }
    },
    dispose: () => executable.destroy(),
  };
}

/**
 * On the CPU, LLVM's first level of optimisation gives steps of the same speed as its third and compiles a tenth faster.
 * Vectors of 512 bits, where the processor has them, take a third off an exponential; others ignore the wish. Products
 * by XLA's first library, Eigen, instead of YNNPACK save a twentieth to a tenth of an update on one core and nothing on two.
 */
const cpuFlags: CompileFlags = { xla_backend_optimization_level: 1, xla_cpu_prefer_vector_width: 512, xla_cpu_experimental_ynn_fusion_type: "" };

/** The XLA backend on a platform. */
export async function open(platform: Platform): Promise<Backend> {
  const client = await openClient(platform);
  const flags = platform === "cpu" ? cpuFlags : await platformFlags(client);
  return {
    async compile(program, outputs) {
      const executable = await compileCached(client, { module: printStableHlo(lowerProgram(program)), flags });
      return xlaExecutable(client, executable, { inputs: program.inputs.length, outputs });
    },
    async compileStep(step) {
      const graph = lowerProgram(step.program);
      // State output i takes over the memory of state input i.
      const aliases = step.state.map((_, i) => i);
      const module = printStableHlo(graph, { aliases, packed: packedInputs(step) });
      return new XlaStepper(client, await compileCached(client, { module, flags }), step);
    },
  };
}
