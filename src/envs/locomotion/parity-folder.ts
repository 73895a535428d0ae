import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { UserError, messageOf } from "../../util/index.js";
import type { SimulationBackend } from "../mujoco/simulation.js";
import { readLocomotionGolden } from "./golden.js";
import { type LocomotionParityRow, checkLocomotionParity } from "./parity.js";

/** One golden file of a folder: how it compares, or why it was not compared. */
export type LocomotionParityFile =
  | { readonly file: string; readonly kind: "compared"; readonly row: LocomotionParityRow }
  | { readonly file: string; readonly kind: "not compared"; readonly reason: string };

export interface LocomotionParityFolder {
  readonly files: readonly LocomotionParityFile[];
  /** All files were compared, and none is beyond tolerance. */
  readonly passed: boolean;
}

/**
 * Compares every golden file (`*.json.gz`) of a folder with our robots, one after the other.
 *
 * @throws UserError if the folder cannot be read or holds no such file
 */
export async function checkLocomotionParityFolder(
  folder: string,
  { backend = "auto", onFile }: { backend?: SimulationBackend | "auto"; onFile?: (file: LocomotionParityFile) => void } = {},
): Promise<LocomotionParityFolder> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new UserError(`Cannot read folder "${folder}": ${messageOf(error)}`, { cause: error });
  });
  const goldens = names.filter((name) => name.endsWith(".json.gz")).sort();
  if (goldens.length === 0) throw new UserError(`Cannot compare "${folder}": golden files (*.json.gz) required, got none. Try test/golden/gym.`);
  const files: LocomotionParityFile[] = [];
  for (const file of goldens) {
    const result = await checkFile(join(folder, file), { file, backend });
    files.push(result);
    onFile?.(result);
  }
  return { files, passed: files.every((result) => result.kind === "compared" && result.row.failures.length === 0) };
}

async function checkFile(path: string, { file, backend }: { file: string; backend: SimulationBackend | "auto" }): Promise<LocomotionParityFile> {
  try {
    return { file, kind: "compared", row: await checkLocomotionParity(await readLocomotionGolden(path), { backend }) };
  } catch (error) {
    if (error instanceof UserError) return { file, kind: "not compared", reason: error.message };
    throw error;
  }
}
