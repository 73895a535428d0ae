import { UserError, oneOf } from "../util/index.js";
import { anyConfig, type AnyRunConfig } from "./run-config.js";
import { mergeOverrides, type Overrides } from "./schema.js";
import { variantNamed, type Variant } from "./variants.js";

/** A set of runs that are compared with each other: overrides for all, variants and seeds. */
export interface Study {
  /** Also the folder of its runs: with a preset, "<study>-<preset>". */
  readonly name: string;
  /** The command that runs it. */
  readonly command: string;
  readonly about: string;
  readonly suite: "metaworld" | "locomotion";
  readonly variants: readonly string[];
  readonly seeds: readonly number[];
  readonly overrides: Overrides;
}

/** Training tasks of the quick study: six pairs that share a scene and want opposite things. */
const oppositePairs = [
  ["door-open", "door-close"],
  ["drawer-open", "drawer-close"],
  ["window-open", "window-close"],
  ["faucet-open", "faucet-close"],
  ["plate-slide", "plate-slide-back"],
  ["plate-slide-side", "plate-slide-back-side"],
].flat();

type Preset = Pick<Study, "about" | "seeds" | "variants" | "overrides">;
type StudyEntry = Pick<Study, "about" | "suite"> & (Preset | { readonly presets: Readonly<Record<string, Preset>> });

/** Both methods on the same data: a policy without prompts for each data set, and one with prompts for all. */
const bothMethods = (datasets: readonly string[]): Pick<Preset, "variants"> => ({ variants: ["full", ...datasets.map((name) => `diffusion-ql-${name}`)] });
const replays = ["hopper-medium-replay", "walker2d-medium-replay"];
const nine = ["medium", "medium-replay", "medium-expert"].flatMap((kind) => ["hopper", "halfcheetah", "walker2d"].map((robot) => `${robot}-${kind}`));

const table: Record<string, StudyEntry> = {
  quick: {
    suite: "metaworld",
    about: "LLMDPD and four ablations on twelve training and five unseen tasks, in minutes on two cores",
    variants: ["full", "no-text", "no-trajectory", "smaller-llm", "no-prompts"],
    seeds: [0],
    overrides: {
      data: { trainTasks: oppositePairs, episodesPerTask: 40 },
      algorithm: {
        hidden: 128, tasksPerBatch: 12, samplesPerTask: 8, actorLearningRate: 1e-3, criticLearningRate: 1e-3, learningRateSchedule: "cosine",
        // A short training cannot wait 1,000 updates for an average that moves every fifth.
        emaFrom: 0, emaEvery: 1,
      },
      train: { updates: 4000 },
      evaluate: { protocol: "quick" },
    },
  },
  smoke: {
    suite: "metaworld",
    about: "Every part once, in seconds: for tests, its figures mean nothing",
    variants: ["full", "no-prompts"],
    seeds: [0],
    overrides: {
      data: { trainTasks: ["door-open", "door-close"], testTasks: ["door-lock"], episodesPerTask: 2, maxSteps: 120 },
      text: { encoder: "hash" },
      algorithm: {
        hidden: 32, hiddenLayers: 2, textWidth: 8, textHidden: 16, trajectoryWidth: 8, promptSteps: 6,
        transformer: { layers: 1, width: 16, heads: 2 }, tasksPerBatch: 2, samplesPerTask: 8, emaFrom: 0,
      },
      train: { updates: 40, metricsEvery: 10, checkpointEvery: 20 },
      evaluate: { episodes: 2, maxSteps: 120 },
    },
  },
  locomotion: {
    suite: "locomotion",
    about: "Diffusion-QL, a policy for each data set, and LLMDPD, one prompted policy for all, on D4RL's robots",
    presets: {
      smoke: {
        about: "every part once, in about two minutes: small networks on 20,000 rows, its figures mean nothing",
        ...bothMethods(["hopper-medium", "walker2d-medium"]),
        seeds: [0],
        overrides: {
          data: { datasets: ["hopper-medium", "walker2d-medium"], steps: 20_000 },
          text: { encoder: "hash" },
          algorithm: {
            hidden: 32, textWidth: 8, textHidden: 16, trajectoryWidth: 8, promptSteps: 6, transformer: { layers: 1, width: 16, heads: 2 },
            tasksPerBatch: 2, samplesPerTask: 32, emaFrom: 0, emaEvery: 1,
          },
          train: { updates: 600, metricsEvery: 50, checkpointEvery: 300, evaluateEvery: 300 },
          evaluate: { selectionEpisodes: 2, episodes: 4, candidates: [1, 10] },
        },
      },
      small: {
        about: "hopper and walker2d medium-replay, three seeds, 100,000 updates: about five hours on two cores, in pieces if need be",
        ...bothMethods(replays),
        seeds: [0, 1, 2],
        overrides: {
          data: { datasets: replays },
          algorithm: { tasksPerBatch: 2, samplesPerTask: 128, actorGradientClip: 4, criticGradientClip: 4 },
          train: { updates: 100_000, metricsEvery: 500, checkpointEvery: 2500, evaluateEvery: 2500 },
        },
      },
      paper: {
        about: "all nine data sets at a million rows, five seeds, two million updates as in Diffusion-QL: for a graphics processor",
        ...bothMethods(nine),
        seeds: [0, 1, 2, 3, 4],
        overrides: {
          data: { datasets: nine },
          algorithm: { tasksPerBatch: 9, samplesPerTask: 32 },
          train: { updates: 2_000_000, metricsEvery: 1000, checkpointEvery: 10_000, evaluateEvery: 50_000 },
        },
      },
    },
  },
};

const defaultPreset = "smoke";

/** The presets of a study with what each is; none for most studies. */
export function studyPresets(name: string): readonly { readonly name: string; readonly about: string }[] {
  const entry = table[name];
  return entry !== undefined && "presets" in entry ? Object.entries(entry.presets).map(([preset, { about }]) => ({ name: preset, about })) : [];
}

/** The names of all studies. */
export const studyNames: readonly string[] = Object.keys(table);

/** Every study, those with presets once for each. */
export function allStudies(): Study[] {
  return studyNames.flatMap((name) => (studyPresets(name).length === 0 ? [studyNamed(name)] : studyPresets(name).map((preset) => studyNamed(name, { preset: preset.name }))));
}

/**
 * A study by name, and by preset where it has any (default: the smallest).
 *
 * @throws UserError with the nearest match and the legal set
 */
export function studyNamed(name: string, { preset }: { preset?: string } = {}): Study {
  const known = oneOf(name, studyNames, { what: "study" });
  const entry = table[known] as StudyEntry;
  const { suite, about } = entry;
  const command = `npx --no llmdpd study ${known}`;
  if (!("presets" in entry)) {
    if (preset !== undefined) throw new UserError(`Cannot use preset "${preset}": the study ${known} has none. Leave --preset out.`);
    return { ...entry, name: known, command };
  }
  const chosen = oneOf(preset ?? defaultPreset, Object.keys(entry.presets), { what: `preset of study ${known}:` });
  const own = entry.presets[chosen] as Preset;
  return { ...own, suite, name: `${known}-${chosen}`, command: `${command} --preset ${chosen}`, about: `${about}; ${own.about}` };
}

/** The configuration of one run of a study; `overrides` (from `--set`) win over the study and the variant. */
export function studyRunConfig(study: Study, { variant, seed, overrides = {}, as = study.name }: { variant: string; seed: number; overrides?: Overrides; as?: string }): AnyRunConfig {
  const own = variantNamed(variant);
  if (own.suite !== undefined && own.suite !== study.suite) throw new UserError(`Cannot use variant "${variant}" in study ${study.name}: it belongs to the suite ${own.suite}, the study to ${study.suite}.`);
  refuseClashes(own, overrides);
  const suite = study.suite === "metaworld" ? {} : { suite: study.suite };
  return anyConfig(suite, mergeOverrides(study.overrides, own.overrides, overrides), { study: as, variant, seed });
}

/** What names a run is no setting, and what a variant is named for is not to be set. @throws UserError if it is */
function refuseClashes({ name, suite, overrides: own }: Variant, overrides: Overrides): void {
  const set = new Map(leaves(overrides));
  const naming = ["study", "variant", "seed"].find((key) => set.has(key));
  if (naming !== undefined) throw new UserError(`Cannot set ${naming}: options choose what names a run (--as, --variant or --variants, --seed or --seeds).`);
  for (const [key, value] of leaves(own)) {
    // A method of another paper comes with its numbers, which may be varied; an ablation is what it sets.
    const isNumberOfMethod = suite !== undefined && typeof value === "number";
    if (set.has(key) && !isNumberOfMethod && JSON.stringify(set.get(key)) !== JSON.stringify(value)) throw new UserError(`Cannot set ${key}=${JSON.stringify(set.get(key))} of variant "${name}": it is ${JSON.stringify(value)} by that name. --variants chooses others.`);
  }
}

/** Dotted paths and values of overrides. */
function leaves(overrides: Overrides, prefix = ""): [key: string, value: unknown][] {
  return Object.entries(overrides).flatMap(([key, value]): [string, unknown][] =>
    typeof value === "object" && value !== null && !Array.isArray(value) ? leaves(value as Overrides, `${prefix}${key}.`) : [[`${prefix}${key}`, value]],
  );
}
