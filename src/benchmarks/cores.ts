import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";

/**
 * The command prefix that pins a process and its threads to the first `count` cores that this process may use; empty
 * where pinning is not possible (macOS, Windows).
 *
 * @example pinning(1) // ["taskset", "-c", "0"]
 */
export function pinning(count: number): readonly string[] {
  const cores = allowedCores();
  return cores.length < count || !hasTaskset() ? [] : ["taskset", "-c", cores.slice(0, count).join(",")];
}

/** Cores that this process may run on, by number; empty where the system does not tell. */
export function allowedCores(): readonly number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "";
    return parseCoreList(list);
  } catch {
    return [];
  }
}

/** "0-2,5" → [0, 1, 2, 5]. */
export function parseCoreList(list: string): number[] {
  return list
    .split(",")
    .filter((part) => part !== "")
    .flatMap((part) => {
      const [first = 0, last = first] = part.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}

function hasTaskset(): boolean {
  try {
    execFileSync("taskset", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The machine in words and its load, for the head of a table. */
export function machine(): { cpu: string; cores: number; load: number } {
  const list = cpus();
  return { cpu: list[0]?.model.trim() ?? "unknown", cores: list.length, load: loadavg()[0] ?? 0 };
}
