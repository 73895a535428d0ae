/** The layers of the library as a program: who may import whom, through which door, and without cycles. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, posix, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Folder of `src` → folders it may import; every folder may import `util` as well. */
const allowed: Record<string, readonly string[]> = {
  util: [],
  formats: [],
  engine: ["formats"],
  nn: ["engine"],
  envs: [],
  datasets: ["envs"],
  prompts: ["datasets", "formats"],
  algorithms: ["nn", "engine"],
  stats: [],
  experiments: ["envs", "datasets", "prompts", "algorithms", "nn", "engine", "formats", "stats"],
  plots: ["stats"],
  viewer: ["envs"],
  notebook: ["envs", "experiments", "plots", "viewer"],
};
const folders = [...Object.keys(allowed), "benchmarks", "cli"];
const except = (...names: string[]): string[] => folders.filter((folder) => !names.includes(folder));
allowed["benchmarks"] = except("notebook", "benchmarks", "cli");
allowed["cli"] = except("cli");
/** `src/index.ts`, the public face. */
allowed["."] = except("cli");

/** Foreign runtimes and the folders that may touch them; "one file" where a single adapter is enough. */
const runtimes: Record<string, { readonly folders: readonly string[]; readonly oneFile: boolean }> = {
  "@jax-js/jax": { folders: ["engine"], oneFile: false },
  "@tensorflow/tfjs-core": { folders: ["engine"], oneFile: true },
  koffi: { folders: ["engine", "envs"], oneFile: false },
  "onnxruntime-node": { folders: ["engine"], oneFile: true },
  "@mujoco/mujoco": { folders: ["envs"], oneFile: true },
  h5wasm: { folders: ["datasets"], oneFile: true },
  "@uwdata/flechette": { folders: ["datasets"], oneFile: true },
  "@huggingface/transformers": { folders: ["prompts"], oneFile: true },
  "plotly.js-dist-min": { folders: ["plots"], oneFile: true },
  three: { folders: ["viewer"], oneFile: false },
  tslab: { folders: ["notebook"], oneFile: true },
};

type Sources = ReadonlyMap<string, string>;

/** Paths of the imports, re-exports and dynamic imports of a source text; comments do not count. */
function importsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const statement = /(?:^|[;\n])\s*(?:import|export)\s+(?:type\s+)?(?:[\w$*\s{},]+?\s+from\s+)?"([^"]+)"/g;
  const dynamic = /\bimport\(\s*"([^"]+)"/g;
  return [...code.matchAll(statement), ...code.matchAll(dynamic)].map((match) => match[1] as string);
}

/** The file of `src` that a relative import means, as a path relative to `src`. */
function target(file: string, specifier: string): string {
  return posix.join(posix.dirname(file), specifier).replace(/\.js$/, ".ts");
}

const folderOf = (file: string): string => (file.includes("/") ? (file.split("/")[0] as string) : ".");
/** The package of a bare specifier: "@a/b/c" → "@a/b", "a/b" → "a". */
const packageOf = (specifier: string): string => specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");

/** Everything that breaks the rules, one line each. */
function violations(files: Sources): string[] {
  const found: string[] = [];
  for (const [file, source] of files) {
    const from = folderOf(file);
    if (allowed[from] === undefined) found.push(`${file}: the folder "${from}" has no place in the layers`);
    if (posix.basename(file) === "index.ts" && /export\s+\*/.test(source)) found.push(`${file}: re-export names, not *`);
    for (const specifier of importsOf(source)) {
      if (!specifier.startsWith(".")) {
        const runtime = runtimes[packageOf(specifier)];
        if (runtime !== undefined && !runtime.folders.includes(from)) found.push(`${file}: ${specifier} belongs to ${runtime.folders.join(" and ")}`);
        continue;
      }
      const to = target(file, specifier);
      if (to.startsWith("..")) {
        if (to !== "../package.json") found.push(`${file}: imports ${specifier} from outside src`);
      } else if (!files.has(to)) found.push(`${file}: imports ${specifier}, which does not exist`);
      else if (posix.basename(to) === "index.ts" && file.startsWith(posix.dirname(to) === "." ? "" : `${posix.dirname(to)}/`)) {
        found.push(`${file}: imports the index of its own folder`);
      } else if (folderOf(to) !== from) {
        if (folderOf(to) !== "util" && !(allowed[from] ?? []).includes(folderOf(to))) found.push(`${file}: ${from} may not import ${folderOf(to)}`);
        if (to !== `${folderOf(to)}/index.ts`) found.push(`${file}: imports ${to} past the index of ${folderOf(to)}`);
      }
    }
  }
  return found;
}

/** The nodes of one cycle of a directed graph, or undefined. */
function cycleOf(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const state = new Map<string, "open" | "done">();
  const path: string[] = [];
  const visit = (node: string): string[] | undefined => {
    if (state.get(node) === "done") return undefined;
    if (state.get(node) === "open") return [...path.slice(path.indexOf(node)), node];
    state.set(node, "open");
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next);
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    state.set(node, "done");
    return undefined;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** What is left when the source runs: `import type` is erased. */
const atRunTime = (source: string): string => source.replace(/^(?:import|export) type\s[^;]*;$/gm, "");

/** Imports between files as they run: those of types make no cycle. */
function fileGraph(files: Sources): Map<string, string[]> {
  const relative = (file: string, source: string): string[] =>
    importsOf(atRunTime(source))
      .filter((path) => path.startsWith("."))
      .map((path) => target(file, path));
  return new Map([...files].map(([file, source]) => [file, relative(file, source)]));
}

/** Imports between the sub-folders of one folder, as "folder/sub" nodes. */
function subfolderGraph(files: Sources): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  const sub = (file: string): string => file.split("/").slice(0, 2).join("/");
  for (const [file, targets] of fileGraph(files)) {
    if (file.split("/").length < 3) continue;
    const others = targets.filter((to) => to.split("/").length > 2 && folderOf(to) === folderOf(file) && sub(to) !== sub(file)).map(sub);
    graph.set(sub(file), [...(graph.get(sub(file)) ?? []), ...others]);
  }
  return graph;
}

/** The TypeScript files of a folder of the repository, with "/" in their paths, relative to that folder. */
function read(folder: string): Map<string, string> {
  if (!existsSync(join(root, folder))) return new Map();
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return new Map(files.map((file) => [file.split(sep).join("/"), readFileSync(join(root, folder, file), "utf8")]));
}
const all = read("src");
/** Tests and what only they use (`testing.ts`) may import what they like; no source may import them. */
const sources = new Map([...all].filter(([file]) => !/(\.test|(^|\/)testing)\.ts$/.test(file)));

describe("the layers of src", () => {
  it("has sources to look at", () => expect(sources.size).toBeGreaterThan(5));
  it("imports downwards only, through the index of each folder", () => expect(violations(sources)).toEqual([]));
  it("has no cycle between files", () => expect(cycleOf(fileGraph(sources))).toBeUndefined());
  it("has no cycle between the sub-folders of a folder", () => expect(cycleOf(subfolderGraph(sources))).toBeUndefined());

  it("touches each foreign runtime in one adapter file", () => {
    const users = (runtime: string): string[] =>
      [...sources].filter(([, source]) => importsOf(source).some((path) => packageOf(path) === runtime)).map(([file]) => file);
    const shared = Object.keys(runtimes)
      .filter((runtime) => runtimes[runtime]?.oneFile === true && users(runtime).length > 1)
      .map((runtime) => `${runtime}: ${users(runtime).join(", ")}`);
    expect(shared).toEqual([]);
  });

  it("uses only packages that package.json declares", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies: Record<string, string>; devDependencies: Record<string, string> };
    const known = new Set([...Object.keys(manifest.dependencies), ...builtinModules]);
    // tslab is the kernel itself, which runs the notebook's code.
    known.add("tslab");
    const unknown = [...sources].flatMap(([file, source]) =>
      importsOf(atRunTime(source))
        .filter((path) => !path.startsWith(".") && !path.startsWith("node:") && !known.has(packageOf(path)))
        .map((path) => `${file}: ${path}`),
    );
    expect(unknown).toEqual([]);
  });

  it("keeps every file at 500 lines or fewer", () => {
    const long = [...all].filter(([, source]) => source.trimEnd().split("\n").length > 500).map(([file]) => file);
    expect(long).toEqual([]);
  });
});

describe("scripts", () => {
  it("are imported by nothing", () => {
    const users = [...all, ...read("test")].filter(([, source]) => importsOf(source).some((path) => /(^|\/)scripts\//.test(path)));
    expect(users.map(([file]) => file)).toEqual([]);
  });
});

describe("the rules themselves", () => {
  const broken = (files: Record<string, string>): string[] => violations(new Map(Object.entries(files)));

  it("refuse an upward import", () => {
    const files = { "nn/a.ts": 'import { x } from "../algorithms/index.js";', "algorithms/index.ts": "export const x = 1;" };
    expect(broken(files)).toEqual(["nn/a.ts: nn may not import algorithms"]);
  });
  it("refuse to pass an index by", () => {
    const files = { "nn/a.ts": 'import type { X } from "../engine/deep.js";', "engine/deep.ts": "" };
    expect(broken(files)).toEqual(["nn/a.ts: imports engine/deep.ts past the index of engine"]);
  });
  it("refuse a file's own index, also a multi-line or dynamic import", () => {
    const files = { "nn/a.ts": 'import {\n  x,\n} from "./index.js";', "nn/b.ts": 'await import("./index.js")', "nn/index.ts": 'export { y } from "./b.js";' };
    expect(broken(files)).toEqual(["nn/a.ts: imports the index of its own folder", "nn/b.ts: imports the index of its own folder"]);
  });
  it("refuse runtimes outside their folder and stars in an index", () => {
    const files = { "nn/index.ts": 'export * from "./a.js";', "nn/a.ts": 'import { numpy } from "@jax-js/jax";' };
    expect(broken(files)).toEqual(["nn/index.ts: re-export names, not *", "nn/a.ts: @jax-js/jax belongs to engine"]);
  });
  it("find a cycle", () => {
    expect(cycleOf(new Map([["a", ["b"]], ["b", ["c"]], ["c", ["a"]]]))).toEqual(["a", "b", "c", "a"]);
    expect(cycleOf(new Map([["a", ["b", "c"]], ["b", ["c"]], ["c", []]]))).toBeUndefined();
  });
});
