import { relative, resolve } from "node:path";
import type { Command } from "commander";
import { exportPolicy } from "../../experiments/index.js";

/** `llmdpd export <run> <file.onnx>`: a trained policy for other programs. */
export function register(program: Command): void {
  program
    .command("export")
    .description("write a run's policy as one ONNX file, normalisation inside, with a model card beside it")
    .argument("<run>", "folder of the run, such as data/runs/quick/full-seed0; `runs` lists them")
    .argument("<file>", "file to write, such as policy.onnx; the card is policy.md")
    .addHelpText("after", "\nExample: npx --no llmdpd export data/runs/quick/full-seed0 policy.onnx")
    .action(async (run: string, file: string) => {
      const { inputs, output, step, card } = await exportPolicy(resolve(run), resolve(file));
      const shape = (sizes: readonly number[]): string => `(batch, ${sizes.join(", ")})`;
      for (const { name, shape: sizes, about } of inputs) console.log(`in   ${name.padEnd(12)} ${shape(sizes).padEnd(16)} ${about}`);
      console.log(`out  ${output.name.padEnd(12)} ${shape(output.shape).padEnd(16)} ${output.about}`);
      console.log(`The policy after ${step} updates is in ${relative(process.cwd(), resolve(file))}; its card, with an example in Python: ${relative(process.cwd(), card)}`);
    });
}
