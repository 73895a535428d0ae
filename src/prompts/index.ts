export { openTextEncoder, encodersAtHand, type EncoderOptions } from "./text/open-encoder.js";
export { oneWordWrapping, plainWrapping, wrapText, type Pooling, type TextEncoder } from "./text/encoder.js";
export { hashEncoder } from "./text/hash-encoder.js";
export { installModels, isInstalled, modelRevision, type InstalledModel } from "./text/install-models.js";
export { localModels, type LocalModel } from "./text/local-models.js";
export { cachedEncoder } from "./text/vector-cache.js";
export { cosine, centred, meanOf, nearestByCosine, similarityMatrix } from "./text/similarity.js";
export { textParity, minParityCosine, type TextParityRow } from "./text/text-parity.js";
export { fitTextScaling, applyTextScaling, type TextScaling } from "./text/text-scaling.js";
export { retrievalRow, type RetrievalRow } from "./text/retrieval.js";
export {
  loadTaskPrompts,
  taskTexts,
  emptyTexts,
  paraphrasedTexts,
  shuffledTexts,
  shuffledWords,
  wrongTaskText,
  type TaskPrompt,
  type TaskTexts,
} from "./text/task-prompts.js";
export { trajectoryPrompt, spreadSteps, type PromptEpisode, type TrajectoryPromptOptions } from "./trajectory/trajectory-prompt.js";
export { choosePromptEpisode, type PromptCandidate, type PromptGoal } from "./trajectory/choose-prompt-episode.js";
