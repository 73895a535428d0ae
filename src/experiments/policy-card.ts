import { basename } from "node:path";
import type { RunConfig } from "./config.js";

/** An input or output of an exported policy: float32, with a batch axis before `shape`. */
export interface PolicyValue {
  readonly name: string;
  readonly shape: readonly number[];
  readonly about: string;
}

/** What a model card tells. */
export interface PolicyCard {
  readonly config: RunConfig;
  /** Commit that the run was made by. */
  readonly commit: string;
  /** Updates made. */
  readonly step: number;
  /** Numbers in the policy. */
  readonly parameters: number;
  readonly inputs: readonly PolicyValue[];
  readonly output: PolicyValue;
}

/** The model card of an exported policy, as Markdown. */
export function policyCard({ config, commit, step, parameters, inputs, output }: PolicyCard, { file }: { file: string }): string {
  const { data, text, algorithm, seed } = config;
  const table = (values: readonly PolicyValue[]): string => values.map(({ name, shape, about }) => `| \`${name}\` | (batch, ${shape.join(", ")}) | ${about} |`).join("\n");
  const reads = [...(algorithm.useText ? ["a sentence about the task"] : []), ...(algorithm.useTrajectory ? ["one example episode of it"] : [])];
  const noise = inputs.find(({ name }) => name === "noise")?.shape.join(", ");
  const feeds = inputs.map(({ name }) => `"${name}": ${name}`).join(", ");
  const encoder = text.content === "one-hot" ? "a one-hot number of the training task" : `\`${text.encoder}\`${text.content === "task" ? "" : ` (${text.content} texts)`}`;
  return `# ${basename(file, ".onnx")}

A diffusion policy for robot manipulation (Meta-World v3), trained offline with LLMDPD (arXiv 2509.00347). It ${reads.length === 0 ? "reads no prompt" : `is told its task by ${reads.join(" and ")}`} and draws an action by ${algorithm.denoisingSteps} steps of denoising. The file holds everything: normalisation, prompt encoders, denoiser (${parameters.toLocaleString("en")} numbers, the moving average of the training).

| | |
|---|---|
| run | study \`${config.study}\`, variant \`${config.variant}\`, seed ${seed}, ${step.toLocaleString("en")} updates |
| commit | \`${commit}\` |
| training data | scripted experts in simulation: ${data.episodesPerTask} episodes of each of ${data.trainTasks.length} tasks (${data.trainTasks.join(", ")}), noise on actions ${data.noise.join(", ")}, data seed ${data.seed} |
| never trained on | ${data.testTasks.length === 0 ? "–" : data.testTasks.join(", ")} |
| goal's position | ${data.goalVisible ? "seen by the policy" : "hidden from the policy: its three numbers are ignored"} |
${algorithm.useText ? `| text encoder | ${encoder} |\n` : ""}
## Inputs and output

All float32; the batch may have any size.

| input | shape | what |
|---|---|---|
${table(inputs)}

| output | shape | what |
|---|---|---|
${table([output])}

## In Python

\`\`\`python
import numpy as np, onnxruntime
policy = onnxruntime.InferenceSession("${basename(file)}")
noise = np.random.default_rng(0).standard_normal((1, ${noise}), dtype=np.float32)
feeds = {${feeds}}  # each with a batch axis
(action,) = policy.run(["${output.name}"], feeds)
\`\`\`

## Limits

- One action is drawn per row; the critics, which can pick the best of several, are not in the file.
- Simulated tasks only: nothing was tried on a robot. Outside of the tasks above, expect failure rather than caution.
- Numbers in other units or in another order than Meta-World's give actions without meaning; normalised observations are cut off at ±5 standard deviations.
${algorithm.useText ? "- Text vectors of another encoder, pooling or wording of the prompt mean something else to this policy.\n" : ""}
## Licence

MIT. Training data were made with Meta-World (MIT).${algorithm.useText && text.content !== "one-hot" ? " The text encoder is not part of the file and has a licence of its own." : ""}
`;
}
