import { z } from "zod";
import { behaviourNames } from "./metaworld/presets.js";
import { type Episode, returnOf } from "./trajectory.js";

const spreadSchema = z.strictObject({ mean: z.number(), min: z.number(), q1: z.number(), median: z.number(), q3: z.number(), max: z.number() });

/** Mean, extremes and quartiles. */
export type Spread = z.infer<typeof spreadSchema>;

const groupSchema = z.strictObject({
  episodes: z.number().int(),
  steps: z.number().int(),
  /** Episodes in which the task was done. */
  successes: z.number().int(),
  /** Undiscounted returns of the episodes. */
  returns: spreadSchema,
  /** Steps per episode. */
  lengths: spreadSchema,
});

/** Counts, successes, returns and lengths of some episodes. */
export type EpisodeSummary = z.infer<typeof groupSchema>;

/** As metadata.json holds it, so that a data set can be listed without reading its numbers. */
export const taskSummarySchema = groupSchema.extend({
  task: z.string(),
  /** The same for each kind of behaviour and level of noise. */
  behaviours: z.array(groupSchema.extend({ behaviour: z.enum(behaviourNames), noise: z.number() })).readonly(),
});

/** One row of `llmdpd data show`, with a row per behaviour. */
export type TaskSummary = z.infer<typeof taskSummarySchema>;

type Counted = Pick<Episode, "behaviour" | "noise" | "steps" | "success"> & { readonly return: number };

/** Sums up the episodes of one task as they pass, without keeping them. */
export class TaskTally {
  private readonly counted: Counted[] = [];

  add(episode: Episode): void {
    const { behaviour, noise, steps, success } = episode;
    this.counted.push({ behaviour, noise, steps, success, return: returnOf(episode) });
  }

  /** @throws RangeError if no episode was added */
  summary(task: string): TaskSummary {
    const kinds = new Map<string, Counted[]>();
    for (const each of this.counted) {
      const key = `${behaviourNames.indexOf(each.behaviour)} ${each.noise}`;
      kinds.set(key, [...(kinds.get(key) ?? []), each]);
    }
    const behaviours = [...kinds.values()]
      .map((group) => ({ ...summaryOf(group), behaviour: (group[0] as Counted).behaviour, noise: (group[0] as Counted).noise }))
      .sort((a, b) => behaviourNames.indexOf(a.behaviour) - behaviourNames.indexOf(b.behaviour) || a.noise - b.noise);
    return { task, ...summaryOf(this.counted), behaviours };
  }
}

function summaryOf(episodes: readonly Counted[]): EpisodeSummary {
  return {
    episodes: episodes.length,
    steps: episodes.reduce((sum, { steps }) => sum + steps, 0),
    successes: episodes.filter(({ success }) => success).length,
    returns: spreadOf(episodes.map((episode) => episode.return)),
    lengths: spreadOf(episodes.map(({ steps }) => steps)),
  };
}

/** Quartiles by linear interpolation between neighbours, as NumPy's default. */
function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError("Cannot sum up episodes: at least one is required, got none");
  const sorted = values.toSorted((a, b) => a - b);
  const quantile = (q: number): number => {
    const at = q * (sorted.length - 1);
    const low = sorted[Math.floor(at)] as number;
    return low + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] as number) - low);
  };
  return { mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length, min: quantile(0), q1: quantile(0.25), median: quantile(0.5), q3: quantile(0.75), max: quantile(1) };
}

/**
 * Counts, successes, returns and lengths of each task of a data set in memory.
 *
 * @example summarize(await readDataset("mine"))[0]?.returns.mean
 */
export function summarize({ tasks }: { readonly tasks: ReadonlyMap<string, readonly Episode[]> }): TaskSummary[] {
  return [...tasks].map(([task, episodes]) => {
    const tally = new TaskTally();
    for (const episode of episodes) tally.add(episode);
    return tally.summary(task);
  });
}
