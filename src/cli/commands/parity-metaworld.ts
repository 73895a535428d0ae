import { type Command, Option } from "commander";
import { group } from "../group.js";
import { type ParityFile, type ParityRow, type SimulationBackend, checkParityFolder } from "../../envs/index.js";

const columns = ["task", "seed", "backend", "cases", "left out", "observation", "reward", "state", "policy", "info", "random", "expert"];
const widths = [26, 5, 8, 6, 9, 12, 9, 9, 9, 9, 7, 7];

const line = (row: readonly string[]): string => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number))).join("");

function cells({ task, seed, backend, cases, excepted, largest, agrees }: ParityRow): string[] {
  const errors = [largest.observation, largest.reward, largest.state, largest.policy, largest.info];
  return [task, String(seed), backend, String(cases), String(excepted), ...errors.map((error) => error.toExponential(1)), String(agrees.random), String(agrees.expert)];
}

function print(file: ParityFile): void {
  if (file.kind === "unreadable") return console.log(`${file.file}: ${file.reason}`);
  if (file.kind === "unknown task") return;
  const { row } = file;
  console.log(`${line(cells(row))}  ${row.failures.length === 0 ? "ok" : "BEYOND TOLERANCE"}`);
  for (const failure of row.failures.slice(0, 3)) console.log(`  ${failure}`);
  if (row.failures.length > 3) console.log(`  and ${row.failures.length - 3} more`);
}

/** `llmdpd parity metaworld <folder>`: our simulator against recordings of the Python package. */
export function register(program: Command): void {
  group(program, "parity")
    .command("metaworld")
    .description(
      "compare resets, steps, rewards and scripted experts with recordings of the Python package; a row per file with the largest errors; exit code 1 if one is beyond tolerance or none was compared",
    )
    .argument("<folder>", "golden files, such as test/golden/metaworld")
    .addOption(new Option("--backend <name>", "MuJoCo build").choices(["auto", "native", "wasm"]).default("auto"))
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: npx --no llmdpd parity metaworld test/golden/metaworld --backend wasm")
    .action(async (folder: string, { backend, json = false }: { backend: SimulationBackend | "auto"; json?: boolean }) => {
      let titled = json;
      const onFile = (file: ParityFile): void => {
        if (!titled) console.log(line(columns));
        titled = true;
        if (!json) print(file);
      };
      const { files, passed } = await checkParityFolder(folder, { backend, onFile });
      if (json) console.log(JSON.stringify(files, undefined, 2));
      else console.log(closing(files));
      if (!passed) process.exitCode = 1;
    });
}

function closing(files: readonly ParityFile[]): string {
  const compared = files.filter((file) => file.kind === "compared");
  const failed = compared.filter(({ row }) => row.failures.length > 0);
  const cases = compared.reduce((sum, { row }) => sum + row.cases, 0);
  const missing = files.filter((file) => file.kind === "unknown task").map(({ task }) => task);
  const unreadable = files.filter(({ kind }) => kind === "unreadable").length;
  return [
    `${compared.length} ${compared.length === 1 ? "file" : "files"} compared, ${cases} cases, ${failed.length} beyond tolerance${unreadable === 0 ? "" : `, ${unreadable} unreadable`}.`,
    "Errors are largest absolute differences; random and expert: steps for which the free-running episode agrees.",
    ...(missing.length === 0 ? [] : [`Not compared, as Meta-World has no such task: ${[...new Set(missing)].join(", ")}.`]),
  ].join("\n");
}
