import { type Command, Option } from "commander";
import { group } from "../group.js";
import { type LocomotionParityFile, type LocomotionParityRow, type SimulationBackend, checkLocomotionParityFolder, locomotionTolerance } from "../../envs/index.js";

const columns = ["recording", "seed", "backend", "cases", "observation", "reward", "free-running", "judged", "agree"];
const widths = [18, 5, 8, 6, 12, 9, 13, 9, 9];

const line = (row: readonly string[]): string => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number))).join("");

function cells({ env, seed, backend, cases, largest, freeRunning: { steps, judged, agree } }: LocomotionParityRow): string[] {
  const errors = [largest.observation, largest.reward, largest.freeRunning].map((error) => error.toExponential(1));
  return [env, String(seed), backend, String(cases), ...errors, `${judged}/${steps}`, `${agree}/${steps}`];
}

function print(file: LocomotionParityFile): void {
  if (file.kind === "not compared") return console.log(`${file.file}: ${file.reason}`);
  const { failures } = file.row;
  console.log(`${line(cells(file.row))}  ${failures.length === 0 ? "ok" : "BEYOND TOLERANCE"}`);
  for (const failure of failures.slice(0, 3)) console.log(`  ${failure}`);
  if (failures.length > 3) console.log(`  and ${failures.length - 3} more`);
}

/** `llmdpd parity locomotion <folder>`: our robots against recordings of Gymnasium. */
export function register(program: Command): void {
  group(program, "parity")
    .command("locomotion")
    .description("compare resets, steps, rewards and terminations of hopper, halfcheetah and walker2d with recordings of Gymnasium; a row per file with the largest errors; exit code 1 if one is beyond tolerance or was not compared")
    .argument("<folder>", "golden files, such as test/golden/gym")
    .addOption(new Option("--backend <name>", "MuJoCo build").choices(["auto", "native", "wasm"]).default("auto"))
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: npx --no llmdpd parity locomotion test/golden/gym --backend wasm")
    .action(async (folder: string, { backend, json = false }: { backend: SimulationBackend | "auto"; json?: boolean }) => {
      if (!json) console.log(line(columns));
      const { files, passed } = await checkLocomotionParityFolder(folder, { backend, ...(json ? {} : { onFile: print }) });
      if (json) console.log(JSON.stringify(files, undefined, 2));
      else console.log(closing(files));
      if (!passed) process.exitCode = 1;
    });
}

function closing(files: readonly LocomotionParityFile[]): string {
  const compared = files.filter((file) => file.kind === "compared");
  const failed = compared.filter(({ row }) => row.failures.length > 0).length;
  const cases = compared.reduce((sum, { row }) => sum + row.cases, 0);
  return [
    `${compared.length} of ${files.length} ${files.length === 1 ? "file" : "files"} compared, ${cases} cases, ${failed} beyond tolerance (${locomotionTolerance}).`,
    "Errors are largest absolute differences. Judged: free-running steps before chaos, while an episode that started 1e-14 beside stays within tolerance; agree: those within tolerance of the recording.",
  ].join("\n");
}
