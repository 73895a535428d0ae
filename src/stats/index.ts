export type { TaskScores } from "./scores.js";
export { iqm, mean, meanScore, median, medianScore, optimalityGap, quantile, trimmedMean, type Statistic } from "./aggregates.js";
export { bootstrap, type BootstrapOptions, type Interval } from "./bootstrap.js";
export { probabilityOfImprovement } from "./comparison.js";
export { pairedDifference, type Pair } from "./difference.js";
export { performanceProfile, type ProfilePoint } from "./profile.js";
export { wilson } from "./wilson.js";
export { summarise, type EpisodeRow, type SummaryRow } from "./summarise.js";
export { summariseScores, type ScoredRow, type ScoreRow } from "./summarise-scores.js";
