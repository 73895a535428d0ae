import { availableParallelism } from "node:os";
import { join } from "node:path";
import { UserError, dataPath, type ProgressFn } from "../util/index.js";
import type { StudyTables } from "./collect.js";
import { launch, type Job, type JobResult } from "./launcher.js";
import type { LocomotionTables } from "./locomotion/collect.js";
import type { AnyRunConfig } from "./run-config.js";
import { moveAside, openRun, readStatus, runPath } from "./run-store.js";
import type { Overrides } from "./schema.js";
import { studyNamed, studyRunConfig, type Study } from "./studies.js";
import { hasEpisodes, suiteOf, type BaselineFolder } from "./suites.js";
import { checkEncoder, prepareTexts } from "./text-prompts.js";

export interface RunStudyOptions {
  /** Size of a study that comes in several (default: the smallest). */
  readonly preset?: string;
  /** Name of the folder below data/runs, if it should not be the study's. */
  readonly as?: string;
  /** Overrides for every run, from `--set`. */
  readonly overrides?: Overrides;
  /** Only these variants and seeds of the study, or others. */
  readonly variants?: readonly string[];
  readonly seeds?: readonly number[];
  /** Moves what is there aside and starts anew. */
  readonly fresh?: boolean;
  /** Processes at a time (default: one per core). */
  readonly parallel?: number;
  readonly onProgress?: ProgressFn;
  readonly signal?: AbortSignal;
}

/** What a call of `runStudy` came to. */
export interface StudyReport {
  readonly study: string;
  readonly folder: string;
  readonly state: "done" | "stopped" | "failed";
  readonly tables: StudyTables | LocomotionTables | undefined;
  /** What the tables show, as text. */
  readonly description: string;
  readonly jobs: readonly JobResult[];
  /** Wall-clock seconds of the phases of this call. */
  readonly seconds: Readonly<Record<string, number>>;
}

interface PlannedRun {
  readonly name: string;
  readonly path: string;
  readonly config: AnyRunConfig;
}

/** Rough costs in seconds, for the overall progress alone. */
const cost = { text: 10, start: 4 };

function planRuns(study: Study, { as = study.name, overrides = {}, variants = study.variants, seeds = study.seeds }: RunStudyOptions): PlannedRun[] {
  return variants.flatMap((variant) =>
    seeds.map((seed) => ({
      name: `${variant}-seed${seed}`,
      path: runPath(as, { variant, seed }),
      config: studyRunConfig(study, { variant, seed, overrides, as }),
    })),
  );
}

function planJobs(runs: readonly PlannedRun[], { folder, bounds }: { folder: string; bounds: readonly BaselineFolder[] }): Job[] {
  const log = (name: string): string => join(folder, "logs", `${name}.log`);
  const evaluation = (config: AnyRunConfig): number => suiteOf(config).cost(config).evaluation + cost.start;
  // A run may have been given more updates since it ended.
  const isTrained = ({ path, config }: PlannedRun): boolean => ["trained", "evaluated"].includes(readStatus(path).state) && readStatus(path).step >= config.train.updates;
  const training = runs
    .filter((run) => !isTrained(run))
    .map((run) => ({ name: `train ${run.name}`, args: ["train", "--run", run.path], weight: suiteOf(run.config).cost(run.config).training + cost.start, done: readStatus(run.path).step / run.config.train.updates, log: log(`train-${run.name}`) }));
  const evaluating = runs
    .filter((run) => !isTrained(run) || readStatus(run.path).state !== "evaluated" || !hasEpisodes(run.path))
    .map((run) => ({
      name: `evaluate ${run.name}`,
      args: ["evaluate", run.path],
      weight: evaluation(run.config),
      log: log(`evaluate-${run.name}`),
      ...(isTrained(run) ? {} : { after: [`train ${run.name}`] }),
    }));
  const first = runs[0] as PlannedRun;
  const bounding = bounds
    .filter(({ path }) => !hasEpisodes(path))
    .map(({ name, path }) => ({ name: `evaluate ${name}`, args: ["evaluate", path], weight: evaluation(first.config), log: log(`evaluate-${name}`) }));
  return [...training, ...bounding, ...evaluating];
}

/**
 * Runs a study: collects data, encodes prompts, trains every variant and seed in processes of their own, evaluates them
 * beside random and expert, and gathers the tables. What is done already is skipped; a stopped study goes on.
 *
 * @throws UserError for an unknown study or variant, or if the folder holds runs of another configuration
 * @example const { tables } = await runStudy("quick", { onProgress: terminalProgress() })
 */
export async function runStudy(name: string, options: RunStudyOptions = {}): Promise<StudyReport> {
  const study = studyNamed(name, options.preset === undefined ? {} : { preset: options.preset });
  const { as = study.name, onProgress, signal, parallel = availableParallelism(), fresh = false } = options;
  const folder = dataPath("runs", as);
  const runs = planRuns(study, options);
  if (runs.length === 0) throw new UserError(`Cannot run study "${name}": at least one variant and one seed are required.`);
  for (const { config } of runs) await checkEncoder(config);
  if (fresh) await moveAside(folder);
  for (const { path, config } of runs) await openRun(path, { config });
  // Every run of a study is of its suite; the study's own settings, without any variant's, bound them all.
  const suite = suiteOf((runs[0] as PlannedRun).config);
  const shared = studyRunConfig(study, { variant: "full", seed: 0, as, ...(options.overrides === undefined ? {} : { overrides: options.overrides }) });
  const bounds = await suite.openBaselines(shared);

  const seconds: Record<string, number> = {};
  const timed = async <T>(phase: string, work: () => Promise<T>): Promise<T> => {
    const started = Date.now();
    const result = await work();
    seconds[phase] = (Date.now() - started) / 1000;
    return result;
  };
  const report = (state: StudyReport["state"], jobs: readonly JobResult[], { tables, description = "" }: Partial<Pick<StudyReport, "tables" | "description">> = {}): StudyReport => ({ study: as, folder, state, tables, description, jobs, seconds });
  const stopped = (): boolean => signal?.aborted === true;
  /** Waits for work that cannot be interrupted, or for the signal; what is left undone is done by the next call. */
  const unlessStopped = async (work: Promise<void>): Promise<void> => {
    work.catch(() => undefined);
    await Promise.race([work, new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }))]);
  };

  const phase = overallProgress(runs, { label: `study ${as}`, parallel, ...(onProgress === undefined ? {} : { onProgress }) });
  await timed("data", () => unlessStopped(suite.prepareData([...runs.map(({ config }) => config), shared], { threads: parallel, onProgress: phase("data") })));
  if (stopped()) return report("stopped", []);
  await timed("prompts", () => unlessStopped(prepareTexts(runs.map(({ config }) => config), { onProgress: phase("prompts") })));
  if (stopped()) return report("stopped", []);

  const jobs = planJobs(runs, { folder, bounds });
  const results = await timed("runs", () => launch(jobs, { parallel, onProgress: phase("runs"), ...(signal === undefined ? {} : { signal }) }));
  if (stopped()) return report("stopped", results);

  const collected = await timed("tables", () => suite.collect(as, { folder, variants: [...new Set(runs.map(({ config }) => config.variant))], paths: [...runs, ...bounds].map(({ path }) => path), config: shared }));
  onProgress?.({ done: 100, total: 100, label: `study ${as}` });
  return report(results.every(({ state }) => state === "done") ? "done" : "failed", results, collected);
}

/** Maps the progress of phases onto one line from 0 to 100. */
function overallProgress(runs: readonly PlannedRun[], { label, parallel, onProgress }: { label: string; parallel: number; onProgress?: ProgressFn }): (phase: string) => ProgressFn {
  const costs = runs.map(({ config }) => suiteOf(config).cost(config));
  const jobs = costs.reduce((sum, { training, evaluation }) => sum + training + evaluation + cost.start, 0);
  const weights: Record<string, number> = { data: Math.max(...costs.map(({ data }) => data)) / parallel, prompts: cost.text, runs: jobs / parallel };
  const total = Object.values(weights).reduce((a, b) => a + b, 0);
  const order = Object.keys(weights);
  return (phase) => (event) => {
    const before = order.slice(0, order.indexOf(phase)).reduce((sum, name) => sum + (weights[name] as number), 0);
    const share = (before + (weights[phase] as number) * (event.total > 0 ? event.done / event.total : 1)) / total;
    onProgress?.({ done: Math.min(99, 100 * share), total: 100, label, detail: event.detail ?? event.label });
  };
}
