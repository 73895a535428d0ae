import { UserError, type Rng } from "../../util/index.js";

/** "other": recorded at another goal than the one evaluated, the honest setting; "same": at that goal, an oracle. */
export type PromptGoal = "other" | "same";

/** What of an episode decides whether it may be a prompt. */
export interface PromptCandidate {
  readonly success: boolean;
  /** Random vector of the reset: positions of object and goal, metres. */
  readonly goal: ArrayLike<number>;
}

/**
 * Draws the episode that prompts a policy: a successful one of the task, recorded at another goal than the one
 * evaluated or, as an oracle, at that goal.
 *
 * @param options.goal random vector of the evaluated reset; without one every goal is another
 * @param options.rng the same stream draws the same episode
 * @throws UserError if no recorded episode qualifies
 */
export function choosePromptEpisode<E extends PromptCandidate>(
  episodes: readonly E[],
  { rng, promptGoal = "other", goal, task = "the task" }: { rng: Rng; promptGoal?: PromptGoal; goal?: ArrayLike<number>; task?: string },
): E {
  if (promptGoal === "same" && goal === undefined) throw new UserError("Cannot choose a prompt at the same goal: the evaluated goal is required, got none.");
  const successful = episodes.filter(({ success }) => success);
  const candidates = successful.filter((episode) => sameGoal(episode.goal, goal) === (promptGoal === "same"));
  if (candidates.length === 0) {
    throw new UserError(
      `Cannot prompt "${task}" with a trajectory: a successful episode at ${promptGoal === "same" ? "the evaluated goal" : "another goal"} is required, got ${episodes.length} episodes, ${successful.length} of them successful. Collect more episodes.`,
    );
  }
  return rng.choice(candidates);
}

/** Goals are equal if every coordinate is, to a nanometre. */
function sameGoal(a: ArrayLike<number>, b: ArrayLike<number> | undefined): boolean {
  return b !== undefined && a.length === b.length && Array.from(a).every((value, i) => Math.abs(value - (b[i] as number)) < 1e-9);
}
