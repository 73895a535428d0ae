import { type LocomotionId, locomotionIds } from "./catalog.js";

/** Where numbers were read. */
export interface PublishedSource {
  readonly name: string;
  readonly where: string;
  /** `paper`: the method's own; `quoted`: its own numbers in somebody else's table; `re-run`: by others. */
  readonly kind: "paper" | "quoted" | "re-run";
}

const quotedByDiffuser = (paper: string): PublishedSource => ({ name: paper, where: "plotting/locomotion_scores.py of github.com/jannerm/diffuser", kind: "quoted" });
const diffuser: PublishedSource = { name: "Diffuser (Janner et al. 2022)", where: "plotting/locomotion_scores.py of github.com/jannerm/diffuser", kind: "paper" };
const oneStepFlow = (kind: "quoted" | "re-run"): PublishedSource => ({ name: "One-Step Flow Q-Learning (Nguyen and Yoo 2025), table 1", where: "arXiv 2508.13904", kind });
const corl: PublishedSource = { name: "CORL, last checkpoint, 4 seeds", where: "README of github.com/corl-team/CORL", kind: "re-run" };

/** One number of a published table. */
export interface PublishedCell {
  readonly dataset: LocomotionId;
  readonly method: string;
  /** Normalised score, times 100. */
  readonly score: number;
  /** What the source gives after ±. */
  readonly spread?: number;
  readonly source: PublishedSource;
}

interface PublishedColumn {
  readonly method: string;
  readonly source: PublishedSource;
  /** In the order of `locomotionIds` by kind: hopper, halfcheetah, walker2d. */
  readonly scores: Readonly<Record<"medium" | "medium-replay" | "medium-expert", readonly [hopper: number, halfcheetah: number, walker2d: number]>>;
  readonly spreads?: PublishedColumn["scores"];
}

/** Normalised scores of D4RL's v2 locomotion data as others printed them; what was not found is not here. */
const columns: readonly PublishedColumn[] = [
  {
    method: "BC", source: quotedByDiffuser("IQL (Kostrikov et al. 2021), table 1"),
    scores: { medium: [52.9, 42.6, 75.3], "medium-replay": [18.1, 36.6, 26.0], "medium-expert": [52.5, 55.2, 107.5] },
  },
  {
    method: "TD3+BC", source: quotedByDiffuser("IQL (Kostrikov et al. 2021), table 1"),
    scores: { medium: [59.3, 48.3, 83.7], "medium-replay": [60.9, 44.6, 81.8], "medium-expert": [98.0, 90.7, 110.1] },
  },
  {
    method: "CQL", source: quotedByDiffuser("CQL as tabulated by Diffuser (Janner et al. 2022)"),
    scores: { medium: [58.5, 44.0, 72.5], "medium-replay": [95.0, 45.5, 77.2], "medium-expert": [105.4, 91.6, 108.8] },
  },
  {
    method: "IQL", source: quotedByDiffuser("IQL (Kostrikov et al. 2021), table 1"),
    scores: { medium: [66.3, 47.4, 78.3], "medium-replay": [94.7, 44.2, 73.9], "medium-expert": [91.5, 86.7, 109.6] },
  },
  {
    method: "DT", source: quotedByDiffuser("Decision Transformer as tabulated by Diffuser (Janner et al. 2022)"),
    scores: { medium: [67.6, 42.6, 74.0], "medium-replay": [82.7, 36.6, 66.6], "medium-expert": [107.6, 86.8, 108.1] },
  },
  {
    method: "Diffuser", source: diffuser,
    scores: { medium: [74.3, 42.8, 79.6], "medium-replay": [93.6, 37.7, 70.6], "medium-expert": [103.3, 88.9, 106.9] },
    spreads: { medium: [1.4, 0.3, 0.55], "medium-replay": [0.4, 0.5, 1.6], "medium-expert": [1.3, 0.3, 0.2] },
  },
  {
    method: "IDQL", source: oneStepFlow("re-run"),
    scores: { medium: [70.1, 51.5, 88.1], "medium-replay": [99.4, 46.5, 89.1], "medium-expert": [110.1, 91.3, 110.6] },
  },
  {
    method: "EDP", source: oneStepFlow("re-run"),
    scores: { medium: [72.6, 50.8, 86.5], "medium-replay": [83.0, 44.9, 87.0], "medium-expert": [110.8, 95.8, 110.4] },
  },
  {
    method: "Diffusion-QL", source: oneStepFlow("quoted"),
    scores: { medium: [90.5, 51.1, 87.0], "medium-replay": [101.3, 47.8, 95.5], "medium-expert": [111.1, 96.8, 110.1] },
    spreads: { medium: [4.6, 0.5, 0.9], "medium-replay": [0.6, 0.3, 1.5], "medium-expert": [1.3, 0.3, 0.3] },
  },
  {
    method: "BC", source: corl,
    scores: { medium: [53.5, 42.4, 63.2], "medium-replay": [29.8, 35.7, 21.8], "medium-expert": [52.3, 56.0, 99.0] },
  },
  {
    method: "TD3+BC", source: corl,
    scores: { medium: [60.4, 48.1, 82.7], "medium-replay": [64.4, 44.8, 85.6], "medium-expert": [101.2, 90.8, 110.0] },
  },
  {
    method: "CQL", source: corl,
    scores: { medium: [59.1, 47.0, 80.8], "medium-replay": [95.1, 45.0, 73.1], "medium-expert": [99.3, 95.6, 109.6] },
  },
  {
    method: "IQL", source: corl,
    scores: { medium: [67.5, 48.3, 80.9], "medium-replay": [97.4, 44.5, 82.2], "medium-expert": [107.4, 94.7, 111.7] },
  },
  {
    method: "DT", source: corl,
    scores: { medium: [65.1, 42.2, 67.6], "medium-replay": [81.8, 38.9, 59.9], "medium-expert": [110.4, 91.6, 107.1] },
  },
];

const robotOrder = ["hopper", "halfcheetah", "walker2d"] as const;

/**
 * Published scores, one per cell, each with its source. Diffusion-QL's own protocol takes the best checkpoint by online
 * evaluation; one cell (hopper-medium-replay) is 100.7 in another quotation of the same paper.
 *
 * @example publishedResults.filter(({ dataset }) => dataset === "hopper-medium-v2")
 */
export const publishedResults: readonly PublishedCell[] = columns.flatMap(({ method, source, scores, spreads }) =>
  locomotionIds.map((dataset) => {
    const [, robot, kind] = /^([a-z0-9]+)-(.+)-v2$/.exec(dataset) as unknown as [string, (typeof robotOrder)[number], keyof typeof scores];
    const at = robotOrder.indexOf(robot);
    const spread = spreads?.[kind][at];
    return { dataset, method, score: scores[kind][at] as number, ...(spread === undefined ? {} : { spread }), source };
  }),
);

/** The published methods in the order of papers. */
export const publishedMethods: readonly string[] = [...new Set(columns.map(({ method }) => method))];

/** The published number of a method on a data set, the method's own or as quoted before a re-run; undefined where none was found. */
export function publishedResult(dataset: string, method: string): PublishedCell | undefined {
  return publishedResults.find((cell) => cell.dataset === dataset && cell.method === method);
}
