/** The public face of the workbook: what notebooks import from "llmdpd". */
export { Rng } from "./util/index.js";
export { ablation, figureToSvg, learningCurves, reverseDiffusion, saveFigure, similarityMatrix, svgToPng, taskSuccess } from "./plots/index.js";
export type { CurveRow, Figure, Layout, LearningCurvesOptions, ReverseDiffusionOptions, SimilarityMatrixOptions, SuccessRow, Trace } from "./plots/index.js";
export { fast, progress, show, table, type ColumnTable, type Rows, type TableOptions } from "./notebook/index.js";
