import { z } from "zod";

const positive = z.number().positive();
const count = z.number().int().positive();
const share = z.number().min(0).max(1);

/**
 * Every choice of LLMDPD with its default, unit and source. `.meta()` carries `unit` and `source`; unknown keys are errors.
 *
 * @example llmdpdConfig.parse({ useText: false }).denoisingSteps // 5
 */
export const llmdpdConfig = z.strictObject({
  useText: z.boolean().default(true).describe("The policy reads the text prompt").meta({ source: "LLMDPD §3; off: ablation" }),
  useTrajectory: z.boolean().default(true).describe("The policy reads the trajectory prompt").meta({ source: "LLMDPD §3; off: ablation" }),
  conditionCritic: z.boolean().default(true).describe("The critics read the prompts too").meta({ source: "left open by the paper" }),

  hidden: count.default(256).describe("Width of the hidden layers of denoiser and critics").meta({ unit: "units", source: "Diffusion-QL, released code" }),
  hiddenLayers: count.default(3).describe("Hidden layers of denoiser and critics").meta({ unit: "layers", source: "Diffusion-QL, released code" }),
  timeWidth: count.multipleOf(2).min(4).default(16).describe("Width of the embedding of the denoising step").meta({ unit: "units", source: "Diffusion-QL, released code" }),
  textWidth: count.default(64).describe("Width of e_text, the encoded text prompt").meta({ unit: "units", source: "left open by the paper" }),
  textHidden: count.default(64).describe("Hidden width of the text encoder's perceptron").meta({ unit: "units", source: "left open by the paper" }),
  trajectoryWidth: count.default(64).describe("Width of e_traj, the encoded trajectory prompt").meta({ unit: "units", source: "left open by the paper" }),
  transformer: z
    .strictObject({
      layers: count.default(2).describe("Blocks of the trajectory transformer").meta({ unit: "layers", source: "left open by the paper" }),
      width: count.default(64).describe("Width of its tokens").meta({ unit: "units", source: "left open by the paper" }),
      heads: count.default(4).describe("Its attention heads; divides the width").meta({ unit: "heads", source: "left open by the paper" }),
    })
    .refine(({ width, heads }) => width % heads === 0, { error: "transformer.heads must divide transformer.width" })
    .prefault({})
    .describe("The pre-norm transformer that reads the trajectory prompt")
    .meta({ source: "LLMDPD §3; sizes are left open by the paper" }),
  promptSteps: count.default(24).describe("Steps of a trajectory prompt, K").meta({ unit: "environment steps", source: "left open by the paper" }),

  denoisingSteps: count.default(5).describe("Steps of the denoising chain, T").meta({ unit: "steps", source: "Diffusion-QL §5" }),
  betaMin: positive.default(0.1).describe("Lowest noise rate of the variance-preserving schedule").meta({ source: "Diffusion-QL, released code" }),
  betaMax: positive.default(10).describe("Highest noise rate of the variance-preserving schedule").meta({ source: "Diffusion-QL, released code" }),

  tasksPerBatch: count.default(16).describe("Tasks in a batch, M, each with one prompt").meta({ unit: "tasks", source: "ours: the transformer reads M prompts, not M·P" }),
  samplesPerTask: count.default(16).describe("Transitions of each task in a batch, P; M·P is the batch size").meta({ unit: "transitions", source: "Diffusion-QL: 256 in all" }),
  textNoise: z.number().min(0).default(0.5).describe("Gaussian noise on raw text vectors while training").meta({ unit: "standard deviations of the vectors", source: "ours, sizing sketch" }),
  textDropout: share.default(0.3).describe("Probability that a group's whole text prompt is zeroed while training").meta({ unit: "probability", source: "ours, sizing sketch" }),
  trajectoryDropout: share.default(0).describe("Probability that a group's whole trajectory prompt is zeroed while training").meta({ unit: "probability", source: "ours, sizing sketch" }),

  eta: z.number().min(0).default(1).describe("Weight of the Q term in the policy loss, η; 0 is behaviour cloning").meta({ source: "Diffusion-QL, Table 3 (D4RL locomotion)" }),
  policyGradient: z.enum(["full-chain", "one-step"]).default("full-chain").describe("Gradient of the Q term: through the whole chain, or through one-step action approximation").meta({ source: "Diffusion-QL eq. 3; EDP (arXiv 2305.20081) eq. 9" }),
  gamma: share.default(0.99).describe("Discount factor, γ").meta({ source: "Diffusion-QL, released code" }),
  tau: share.default(0.005).describe("Rate of the target critics per update, τ").meta({ source: "Diffusion-QL, released code" }),
  emaRate: share.default(0.005).describe("Rate of the policy's moving average when it is due").meta({ source: "Diffusion-QL, released code" }),
  emaEvery: count.default(5).describe("Updates from one move of the average to the next").meta({ unit: "updates", source: "Diffusion-QL, released code" }),
  emaFrom: z.number().int().min(0).default(1000).describe("First update at which the average may move").meta({ unit: "updates", source: "Diffusion-QL, released code" }),

  actorLearningRate: positive.default(3e-4).describe("Adam's step size for policy and prompt encoders").meta({ source: "Diffusion-QL, Table 3" }),
  criticLearningRate: positive.default(3e-4).describe("Adam's step size for the critics").meta({ source: "Diffusion-QL, Table 3" }),
  learningRateSchedule: z.enum(["constant", "cosine"]).default("constant").describe("Cosine: half a period down to zero at the last update").meta({ source: "Diffusion-QL's paper: cosine; its released code: almost constant" }),
  actorGradientClip: z.number().min(0).default(5).describe("Largest global norm of the policy's gradient; 0: none").meta({ source: "Diffusion-QL, Table 3: 1 to 9 on locomotion" }),
  criticGradientClip: z.number().min(0).default(5).describe("Largest global norm of the critics' gradient; 0: none").meta({ source: "Diffusion-QL, Table 3: 1 to 9 on locomotion" }),
  actingTemperature: positive.default(1).describe("Temperature of the softmax over min Q that picks among candidates").meta({ unit: "units of Q", source: "Diffusion-QL, released code" }),
});

/** A complete LLMDPD configuration. */
export type LlmdpdConfig = z.infer<typeof llmdpdConfig>;

/** What the data fix: widths of observation, action and raw text vector. */
export interface LlmdpdDims {
  readonly observation: number;
  readonly action: number;
  /** Tasks differ in the width of their actions, which end in zeros: batches carry `actionMask`. Default false. */
  readonly mixedActions?: boolean;
  /** Width of the raw text vectors; ignored without text prompts. */
  readonly text: number;
}
