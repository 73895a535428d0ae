import { machine } from "./cores.js";
import { envRatios, type EnvBench, type EnvRatios, type EnvSpeeds } from "./env-bench.js";
import { simulatorPins } from "./environment.js";
import { commit } from "./step-report.js";

const widths = [26, 9, 9, 9, 9, 14, 13, 13];

/** The speeds as a table for people, with commit, machine and load. */
export function envTable({ tasks, median, ratios, steps, rounds, pinned }: EnvBench): string {
  const { cpu, cores, load } = machine();
  const line = (cells: readonly string[]): string => cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number))).join("");
  const numbers = (speeds: EnvSpeeds, { oursOverPhysics, oursOverPython, wasmOverPython }: EnvRatios): string[] => [
    ...[speeds.ours, speeds.physics, speeds.python, speeds.wasm].map((value) => (value === null ? "–" : value.toFixed(0))),
    ...[oursOverPhysics, oursOverPython, wasmOverPython].map((value) => (value === null ? "–" : value.toFixed(2))),
  ];
  const nothing: EnvSpeeds = { ours: null, physics: null, python: null, wasm: null };
  return [
    line(["task", "ours", "physics", "Python", "wasm", "ours/physics", "ours/Python", "wasm/Python"]),
    ...tasks.map((row) => line([row.task, ...numbers(row, envRatios(row))])),
    line(["median", ...numbers(median, ratios.median)]),
    line(["least ratio", ...numbers(nothing, ratios.least)]),
    line(["median, processor time", ...numbers(nothing, ratios.cpuMedian)]),
    line(["least, processor time", ...numbers(nothing, ratios.cpuLeast)]),
    "",
    `Environment steps per second with the expert acting: medians of ${rounds} blocks of ${steps} steps of one episode, in turns, one process each${pinned ? ", pinned to one core" : ""}; resets left out.`,
    `Physics: five mj_step, mj_rnePostConstraint and mj_forward through koffi on the same states. Python: metaworld ${simulatorPins.metaworld} on mujoco ${simulatorPins.mujoco}.`,
    `Commit ${commit()}, ${cpu}, ${cores} cores, load ${load.toFixed(1)}, Node ${process.version}.`,
  ].join("\n");
}
