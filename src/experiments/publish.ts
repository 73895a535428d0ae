import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { UserError, dataPath, projectRoot, sha256File, writeFileAtomic } from "../util/index.js";
import type { RunConfig } from "./config.js";
import { changedFields, listRuns, type RunRecord } from "./run-store.js";
import { allStudies, studyRunConfig, type Study } from "./studies.js";

/** Tables of a study; figures are drawn from these alone. */
export const studyTables = ["episodes.csv", "summary.csv", "scores.csv", "comparison.csv", "learning.csv", "published.csv", "text-similarity.csv", "diffusion.csv"] as const;

/** Where published tables and figures come from. */
export interface Provenance {
  readonly study: string;
  readonly publishedAt: string;
  readonly command: string;
  readonly runs: readonly { readonly run: string; readonly record: Partial<RunRecord>; readonly config: unknown }[];
  readonly tables: Readonly<Record<string, string>>;
}

/**
 * Copies a study's tables to data/results/<study>/ and its figures to figures/<study>-*, with provenance.json: commit,
 * machine, seeds, configuration and checksums.
 *
 * @returns the files, and the runs that were trained or evaluated with changes that no commit holds
 * @throws UserError if the study has no tables or figures yet
 */
export async function publishStudy(study: string, { results = dataPath("results", study), figures = join(projectRoot(), "figures") }: { results?: string; figures?: string } = {}): Promise<{ files: string[]; uncommitted: string[] }> {
  const runs = listRuns(study);
  const source = dataPath("runs", study);
  const tables = studyTables.filter((table) => existsSync(join(source, table)));
  const drawn = existsSync(join(source, "figures")) ? readdirSync(join(source, "figures")).filter((name) => /\.(json|svg)$/.test(name)) : [];
  if (!(tables.includes("summary.csv") || tables.includes("scores.csv")) || drawn.length === 0) {
    throw new UserError(`Cannot publish study "${study}": its tables and figures are required, got ${tables.length} tables and ${drawn.length} figure files. Run \`npx --no llmdpd study ${study}\` to the end first.`);
  }
  mkdirSync(results, { recursive: true });
  mkdirSync(figures, { recursive: true });
  const written: string[] = [];
  const copy = (from: string, to: string): void => {
    copyFileSync(from, to);
    written.push(to);
  };
  for (const table of tables) copy(join(source, table), join(results, table));
  for (const name of drawn) copy(join(source, "figures", name), join(figures, `${study}-${name}`));
  const provenance: Provenance = {
    study,
    publishedAt: new Date().toISOString(),
    command: commandOf(study, runs.map(({ path }) => readJson(join(path, "config.json")) as Partial<RunConfig>)),
    runs: runs.map(({ run, path }) => ({ run, record: readJson(join(path, "record.json")) as Partial<RunRecord>, config: readJson(join(path, "config.json")) })),
    tables: Object.fromEntries(await Promise.all(tables.map(async (table) => [table, await sha256File(join(results, table))] as const))),
  };
  const file = join(results, "provenance.json");
  await writeFileAtomic(file, `${JSON.stringify(provenance, undefined, 2)}\n`);
  const uncommitted = provenance.runs.filter(({ record }) => JSON.stringify(record).includes('"dirty":true')).map(({ run }) => run);
  return { files: [...written, file], uncommitted };
}

/** The command that makes the runs of a folder: its study's, or that of the study which they differ from least. */
function commandOf(folder: string, configs: readonly Partial<RunConfig>[]): string {
  const trained = configs.filter((config): config is Partial<RunConfig> & Pick<RunConfig, "variant" | "seed"> => config.variant !== undefined && config.seed !== undefined);
  const [first] = trained;
  const differing = (study: Study): string[] => (first === undefined ? [] : changedFields(studyRunConfig(study, { variant: first.variant, seed: first.seed, as: folder }), first));
  const studies = allStudies().filter(({ suite }) => suite === ((first as { suite?: string } | undefined)?.suite ?? "metaworld"));
  const [closest] = studies.toSorted((one, two) => differing(one).length - differing(two).length);
  const study = (allStudies().find(({ name }) => name === folder) ?? closest) as Study;
  const option = (name: string, values: readonly (string | number)[], usual: readonly (string | number)[]): string =>
    values.length === 0 || (values.length === usual.length && values.every((value) => usual.includes(value))) ? "" : ` --${name} ${values.join(",")}`;
  const changed = differing(study).map((key) => {
    const value = key.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], first);
    return ` --set ${key}=${Array.isArray(value) || typeof value === "string" ? String(value) : JSON.stringify(value)}`;
  });
  return [
    study.command,
    folder === study.name ? "" : ` --as ${folder}`,
    option("variants", [...new Set(trained.map(({ variant }) => variant))], study.variants),
    option("seeds", [...new Set(trained.map(({ seed }) => seed))].toSorted((one, two) => one - two), study.seeds),
    ...changed,
  ].join("");
}

function readJson(path: string): unknown {
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as unknown) : {};
}
