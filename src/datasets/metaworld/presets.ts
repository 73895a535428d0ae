import { Rng } from "../../util/index.js";

/**
 * What acts in an episode.
 *
 * - `expert`: the task's scripted expert.
 * - `noisy`: the expert with Gaussian noise on each action coordinate.
 * - `wrong-goal`: the expert, which sees the goal of another random vector, the farthest of sixteen; an expert that does
 *   not read the goal sees the objects where that vector would have put them. Where nothing that the expert reads varies
 *   (plate-slide-back, plate-slide-back-side, plate-slide-side, sweep-into), it is the expert.
 * - `random`: uniform actions in [−1, 1].
 */
export type BehaviourName = "expert" | "noisy" | "wrong-goal" | "random";

/** The names of all behaviours. */
export const behaviourNames: readonly BehaviourName[] = ["expert", "noisy", "wrong-goal", "random"];

export interface Behaviour {
  readonly behaviour: BehaviourName;
  /** Standard deviation of the noise on each action coordinate; 0 where there is none. */
  readonly noise: number;
}

/** A part of a mixture. */
export interface Share extends Behaviour {
  /** Of every twenty episodes of a task, how many. */
  readonly ofTwenty: number;
  readonly reason: string;
}

export interface Preset {
  readonly about: string;
  readonly shares: readonly Share[];
}

export type PresetName = "expert" | "noisy" | "mixed";

const expert = { behaviour: "expert", noise: 0 } as const;
const noisy = (noise: number) => ({ behaviour: "noisy", noise }) as const;

/** The mixtures that `llmdpd data generate metaworld --preset` offers; success rates are over all tasks, three goals each. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  expert: {
    about: "the scripted expert alone",
    shares: [{ ...expert, ofTwenty: 20, reason: "demonstrations: what behaviour cloning needs, and where Q-learning has nothing to add" }],
  },
  noisy: {
    about: "the scripted expert with graded action noise",
    shares: [
      { ...noisy(0.1), ofTwenty: 5, reason: "as good as clean (97 % succeed), and the states around the path are seen" },
      { ...noisy(0.5), ofTwenty: 5, reason: "visible errors and their correction (85 %)" },
      { ...noisy(1), ofTwenty: 5, reason: "noise as large as the actions: slow successes beside failures (73 %)" },
      { ...noisy(2), ofTwenty: 5, reason: "most actions at their bounds: the lower end of quality (49 %)" },
    ],
  },
  mixed: {
    about: "experts, noisy experts, experts at the wrong goal, and random actions",
    shares: [
      { ...expert, ofTwenty: 6, reason: "enough clean successes that a policy which picks the best behaviour can be good" },
      { ...noisy(0.3), ofTwenty: 4, reason: "successes off the clean path" },
      { ...noisy(1), ofTwenty: 4, reason: "successes and failures from the same states: what a critic learns from" },
      { behaviour: "wrong-goal", noise: 0, ofTwenty: 3, reason: "skilled and wrong: imitation alone cannot tell it from an expert, rewards and prompts can" },
      { behaviour: "random", noise: 0, ofTwenty: 3, reason: "states and actions that no expert visits, with their low rewards" },
    ],
  },
};

/** The names of the presets. */
export const presetNames = Object.keys(presets) as PresetName[];

/**
 * The behaviour of an episode of a preset. Every run of twenty episodes of a task, from a multiple of twenty on, holds
 * the preset's shares exactly, in an order that the seed shuffles; it does not depend on how many episodes follow.
 */
export function presetBehaviour(preset: PresetName, { seed, task, index }: { seed: number; task: string; index: number }): Behaviour {
  const twenty = presets[preset].shares.flatMap(({ behaviour, noise, ofTwenty }) => Array.from({ length: ofTwenty }, () => ({ behaviour, noise })));
  const order = new Rng(seed).fork("behaviours", task, Math.floor(index / twenty.length)).shuffle(twenty);
  return order[index % twenty.length] as Behaviour;
}

/** The behaviour of an expert with a level of action noise. */
export const expertWith = (noise: number): Behaviour => ({ behaviour: noise > 0 ? "noisy" : "expert", noise });
