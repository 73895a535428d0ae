import { z } from "zod";
import { td3Config } from "../../algorithms/index.js";
import { deviceNames } from "../../engine/index.js";
import { robotNames } from "../../envs/index.js";
import { UserError } from "../../util/index.js";
import { fieldRows, mergeOverrides, noted, parseSettings, parseStrict, type FieldRow, type Overrides } from "../schema.js";

const count = z.int().positive();
const ours = "ours";

/** Everything that decides the training of a robot's behaviour, with default, unit and source. Unknown keys are errors. */
export const behaviourConfigSchema = z
  .strictObject({
    robot: noted(z.enum(robotNames).default("hopper"), { about: "Robot that is trained, by D4RL's rules (v2)", source: "D4RL" }),
    seed: noted(z.int().min(0).max(999_999).default(0), { about: "Seed of initial parameters, starts, noise and batches", source: ours }),
    device: noted(z.enum(deviceNames).default("auto"), { about: "What runs the updates: `llmdpd doctor` lists the devices", source: "auto: the fastest that works" }),
    steps: noted(count.max(3_000_000).default(500_000), { about: "Steps of the environment; the replay buffer keeps all of them", unit: "environment steps", source: "ours: the expert level is reached; TD3, section 6.1: 1000000" }),
    startSteps: noted(count.default(10_000), { about: "First steps, with uniformly random actions and without updates", unit: "environment steps", source: "TD3, appendix C: 10000 for halfcheetah, 1000 for the others; released code: 25000" }),
    explorationNoise: noted(z.number().min(0).default(0.1), { about: "Standard deviation of the noise on actions while training", unit: "action units", source: "TD3, appendix C" }),
    evaluateEvery: noted(count.default(5000), { about: "Steps between evaluations; each writes metrics, a checkpoint and the policy", unit: "environment steps", source: "TD3, section 6.1" }),
    evaluationEpisodes: noted(count.default(10), { about: "Episodes of an evaluation, without noise", unit: "episodes", source: "TD3, section 6.1" }),
    algorithm: td3Config.prefault({}),
  })
  .superRefine(({ steps, startSteps, evaluateEvery, algorithm }, context) => {
    const multiple = (path: string, value: number, of: number, name: string): void => {
      if (value % of !== 0) context.addIssue({ code: "custom", path: [path], message: `a multiple of ${name} (${of}) is required` });
    };
    multiple("evaluateEvery", evaluateEvery, algorithm.policyDelay, "algorithm.policyDelay");
    multiple("steps", steps, evaluateEvery, "evaluateEvery");
    if (startSteps > steps) context.addIssue({ code: "custom", path: ["startSteps"], message: `at most steps (${steps}) is required` });
  });

export type BehaviourConfig = z.output<typeof behaviourConfigSchema>;

/** A complete configuration from layers of overrides. @throws UserError for an unknown key or an illegal value */
export function behaviourConfig(...layers: readonly Overrides[]): BehaviourConfig {
  return parseStrict(behaviourConfigSchema, { value: mergeOverrides(...layers), what: "configuration" });
}

/** The fields of the configuration with default, unit and source. */
export function behaviourConfigFields(): FieldRow[] {
  return fieldRows(behaviourConfigSchema);
}

/** Overrides from `key=value` texts. */
export function behaviourSettings(settings: readonly string[]): Overrides {
  return parseSettings(settings, { schema: behaviourConfigSchema });
}

export type BehaviourLevel = "medium" | "expert";

/** A level of skill by D4RL's score, 100 being D4RL's expert: which evaluation is taken, and which ends the search. */
interface LevelRule {
  readonly about: string;
  readonly from: number;
  readonly to: number;
  /** The score at which training may stop. */
  readonly enough: number;
}

export const behaviourLevels: Readonly<Record<BehaviourLevel, LevelRule>> = {
  medium: { about: "the first policy with a score of 25 to 45", from: 25, to: 45, enough: 25 },
  expert: { about: "the best policy, with a score of at least 60; training may stop at 95", from: 60, to: Infinity, enough: 95 },
};

/** One evaluation during training. */
export interface BehaviourEvaluation {
  readonly step: number;
  readonly score: number;
}

/** The evaluation whose policy has a level, if there is one. */
export function evaluationOf(level: BehaviourLevel, evaluations: readonly BehaviourEvaluation[]): BehaviourEvaluation | undefined {
  const { from, to } = behaviourLevels[level];
  const within = evaluations.filter(({ score }) => score >= from && score <= to);
  return level === "medium" ? within[0] : within.reduce<BehaviourEvaluation | undefined>((best, each) => (best === undefined || each.score > best.score ? each : best), undefined);
}

/** Whether training need not go on for a level. */
export function levelReached(level: BehaviourLevel, evaluations: readonly BehaviourEvaluation[]): boolean {
  const { to, enough } = behaviourLevels[level];
  return evaluations.some(({ score }) => score >= enough && score <= to);
}

/** The evaluation of a level. @throws UserError if training has not reached it */
export function requiredEvaluation(level: BehaviourLevel, { evaluations, path }: { evaluations: readonly BehaviourEvaluation[]; path: string }): BehaviourEvaluation {
  const found = evaluationOf(level, evaluations);
  if (found !== undefined) return found;
  const best = evaluations.reduce((most, { score }) => Math.max(most, score), -Infinity);
  const got = evaluations.length === 0 ? "no evaluation yet" : `${evaluations.length} evaluations, the best ${best.toFixed(1)}`;
  throw new UserError(`Cannot take a policy of level "${level}" from "${path}": ${behaviourLevels[level].about} is required, got ${got}. Train on, or try another --seed.`);
}
