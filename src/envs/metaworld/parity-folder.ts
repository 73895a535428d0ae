import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { UserError, messageOf } from "../../util/index.js";
import type { SimulationBackend } from "../mujoco/simulation.js";
import { readGolden } from "./golden.js";
import { type ParityRow, checkParity } from "./parity.js";
import { taskNames } from "./registry.js";
import { wasmExceptions } from "./wasm-exceptions.js";

/** One golden file of a folder: how it compares, or why it was not compared. */
export type ParityFile =
  | { readonly file: string; readonly kind: "compared"; readonly row: ParityRow }
  | { readonly file: string; readonly kind: "unknown task"; readonly task: string }
  | { readonly file: string; readonly kind: "unreadable"; readonly reason: string };

export interface ParityFolder {
  readonly files: readonly ParityFile[];
  /** At least one file was compared, and none is unreadable or beyond tolerance. */
  readonly passed: boolean;
}

/**
 * Compares every golden file (`*.json.gz`) of a folder with our tasks, one after the other.
 *
 * @throws UserError if the folder cannot be read or holds no such file
 */
export async function checkParityFolder(
  folder: string,
  { backend = "auto", onFile }: { backend?: SimulationBackend | "auto"; onFile?: (file: ParityFile) => void } = {},
): Promise<ParityFolder> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new UserError(`Cannot read folder "${folder}": ${messageOf(error)}`, { cause: error });
  });
  const goldens = names.filter((name) => name.endsWith(".json.gz")).sort();
  if (goldens.length === 0) throw new UserError(`Cannot compare "${folder}": golden files (*.json.gz) required, got none. Try test/golden/metaworld.`);
  const files: ParityFile[] = [];
  for (const file of goldens) {
    const result = await checkFile(join(folder, file), { file, backend });
    files.push(result);
    onFile?.(result);
  }
  const compared = files.filter((result) => result.kind === "compared");
  const passed = compared.length > 0 && compared.every(({ row }) => row.cases > 0 && row.failures.length === 0) && files.every(({ kind }) => kind === "compared");
  return { files, passed };
}

async function checkFile(path: string, { file, backend }: { file: string; backend: SimulationBackend | "auto" }): Promise<ParityFile> {
  let golden;
  try {
    golden = await readGolden(path);
  } catch (error) {
    if (error instanceof UserError) return { file, kind: "unreadable", reason: error.message };
    throw error;
  }
  const task = golden.task.replace(/-v3$/, "");
  if (!taskNames.includes(task)) return { file, kind: "unknown task", task };
  return { file, kind: "compared", row: await checkParity(golden, { backend, exceptions: { wasm: wasmExceptions } }) };
}
