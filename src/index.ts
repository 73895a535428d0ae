/**
 * The public face of the workbook: what notebooks and programs import from "llmdpd".
 *
 * In the order in which a reader meets it: environments, data, prompts, engine, method, experiments, statistics,
 * figures, notebook outputs.
 */
export { benchmarkNames, chooseBackend, createMetaworldEnv, drawGoals, expertAction, loadSimulation, metaworldBenchmark, metaworldTasks, ml45Test, ml45Train, type Benchmark, type MetaworldEnv, type Simulation, type StepResult } from "./envs/index.js";
export { createLocomotionEnv, locomotionRobots, type LocomotionEnv, type LocomotionStep, type Robot, type RobotName } from "./envs/index.js";
export {
  behaviourNames, collectEpisode, describeDataset, exportParquet, generateMetaworld, listDatasets, presets, readDataset, returnOf, sampleDataset, summarize, transitionsOf, verifyDataset,
  type Dataset, type Episode, type TaskSummary,
} from "./datasets/index.js";
export {
  checkD4rl, d4rlSets, d4rlTrajectories, diffusionQlSettings, fetchData, importData, iqlRewardScale, joinMediumExpert, locomotionIds, normalizedScore, publishedResult, publishedResults, qlearningDataset, readD4rl, readLocomotion, referenceReturns, sequenceDataset, writeD4rl,
  type D4rlData, type LocomotionData, type PublishedCell,
} from "./datasets/index.js";
export {
  applyTextScaling, choosePromptEpisode, cosine, encodersAtHand, fitTextScaling, loadTaskPrompts, openTextEncoder, retrievalRow, similarityMatrix as textSimilarity, taskTexts, trajectoryPrompt,
  type TaskPrompt, type TextEncoder, type TextScaling,
} from "./prompts/index.js";
export {
  compile, compileStep, concat, devices, hostArray, pickDevice, printGraph, printStableHlo, stack, Tensor, traceGraph, traceJaxpr, treeLeaves, treeMap, valueAndGrad, where,
  type Compiled, type Device, type HostArray, type Step, type Tree,
} from "./engine/index.js";
export { createBatchSampler, createLlmdpd, llmdpdConfig, variancePreserving, type DiffusionSchedule, type Llmdpd, type LlmdpdConfig } from "./algorithms/index.js";
export {
  baselinePath, behaviourAgent, behaviourConfig, behaviourEvaluations, collectTables, compareWithFull, describeStudy, evaluateLocomotion, evaluateRun, generateLocomotion, loadData, loadLocomotion, locomotionConfig, openBaseline, openRun, prepareData, prepareLocomotion, prepareTexts, publishBehaviour, publishStudy, readMetrics, readTable, runAgent, runConfig, runConfigFields, runPath, runStudy, studyNamed, studyNames, studyRunConfig, trainBehaviour, trainRun, variantNamed, variantNames, watchedEpisode,
  type EpisodeRecord, type MetricsLine, type RunConfig, type Study, type StudyReport, type StudyTables, type Variant,
} from "./experiments/index.js";
export { bootstrap, iqm, mean, probabilityOfImprovement, summarise, summariseScores, wilson, type Interval, type SummaryRow } from "./stats/index.js";
export { ablation, figureToSvg, learningCurves, locomotionScores, reverseDiffusion, saveFigure, similarityMatrix, stepProfile, taskSuccess, type CurveRow, type Figure, type SuccessRow } from "./plots/index.js";
export { recordLocomotion, recordMetaworld, recordPoses, replayPage, type Curve, type Marker, type Policy, type Replay, type RobotPolicy } from "./viewer/index.js";
export { profileStep, type StepProfile } from "./benchmarks/index.js";
export { fast, progress, recordRobot, show, table, watch } from "./notebook/index.js";
export { dataPath, Rng, terminalProgress, UserError, type ProgressFn } from "./util/index.js";
