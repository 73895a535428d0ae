/** Scores of one algorithm: a row per task, in it one score per run (or episode). Rows may differ in length. */
export type TaskScores = readonly (readonly number[])[];

/** Throws unless there is a task and every task has a finite score: what a statistic of nothing should be is undefined. */
export function checkScores(scores: TaskScores): void {
  if (scores.length === 0) throw new RangeError("Cannot summarise scores: at least one task is required, got none");
  scores.forEach((runs, task) => {
    if (runs.length === 0) throw new RangeError(`Cannot summarise scores: task ${task} needs at least one run, got none`);
    const bad = runs.find((score) => !Number.isFinite(score));
    if (bad !== undefined) throw new RangeError(`Cannot summarise scores: finite numbers are required, got ${bad} in task ${task}`);
  });
}
