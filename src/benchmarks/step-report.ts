import { execFileSync } from "node:child_process";
import { projectRoot } from "../util/index.js";
import { machine } from "./cores.js";
import { benchPins } from "./environment.js";
import type { StepResult } from "./step-bench.js";
import type { StepProfile } from "./step-profile.js";

/** The cost of the parts of an update as a table for people. */
export function profileTable({ rows, totalMs, device, products }: StepProfile): string {
  const width = Math.max(...rows.map(({ part }) => part.length));
  const line = (part: string, ms: number): string => `${part.padEnd(width)}  ${ms.toFixed(2).padStart(6)} ms  ${((100 * ms) / totalMs).toFixed(1).padStart(5)} %  ${"█".repeat(Math.max(0, Math.round((40 * ms) / totalMs)))}`;
  return [
    ...rows.map(({ part, ms }) => line(part, ms)),
    line("whole update", totalMs),
    "",
    `Of this, matrix products: ${products.gflop.toFixed(2)} billion operations, ${products.ms.toFixed(1)} ms at the ${products.gflopPerSecond.toFixed(0)} billion a second of such products alone.`,
    `Medians on ${device}: a part is what the update costs when cut off after it, less what it costs without it. The programs`,
    `run in turns and share the caches, so the whole is slower here than alone. Commit ${commit()}, ${machine().cpu}.`,
  ].join("\n");
}

/** The results as a table for people, with commit, machine and load. */
export function stepTable(results: readonly StepResult[]): string {
  const { cpu, cores, load } = machine();
  const head = ["batch", "hidden", "trajectory", "cores", "ours ms", "torch eager", "torch compiled", "JAX", "ratio"];
  const rows = results.map((row) => [
    String(row.batch),
    String(row.hidden),
    row.trajectory ? "yes" : "no",
    `${row.threads}${row.pinned ? "" : " (not pinned)"}`,
    milliseconds(row.ours_ms),
    milliseconds(row.torch_eager_ms),
    milliseconds(row.torch_compiled_ms),
    milliseconds(row.jax_ms),
    row.ratio === null ? "–" : row.ratio.toFixed(2),
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] as string).length)));
  const line = (cells: readonly string[]): string => cells.map((cell, column) => cell.padStart(widths[column] as number)).join("  ");
  const device = [...new Set(results.map((row) => row.device))].join(", ");
  const compile = Math.max(...results.map((row) => row.compile_ms)) / 1000;
  const rss = Math.max(...results.map((row) => row.rss_mb));
  const worst = Math.max(...results.flatMap((row) => Object.values(row.agreement)));
  return [
    line(head),
    ...rows.map(line),
    "",
    `Median milliseconds of one full update (T = 5); ratio: ours over the faster of the two PyTorch ${benchPins.torch}; JAX ${benchPins.jax}.`,
    `Before timing, five updates agreed within ${worst.toExponential(1)} (relative norm of each tensor).`,
    `Ours on ${device}: traced and compiled in at most ${compile.toFixed(1)} s, at most ${Math.round(rss)} MB of memory.`,
    `Commit ${commit()}, ${cpu}, ${cores} cores, load ${load.toFixed(1)}, Node ${process.version}.`,
    ...results.flatMap((row) => row.notes),
  ].join("\n");
}

function milliseconds(value: number | null): string {
  return value === null ? "–" : value.toFixed(1);
}

/** The commit that was measured, with a mark where the working tree differs from it. */
export function commit(): string {
  try {
    const git = (...args: string[]): string => execFileSync("git", args, { cwd: projectRoot(), encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    return `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain", "--", "src") === "" ? "" : " (changed)"}`;
  } catch {
    return "unknown";
  }
}
