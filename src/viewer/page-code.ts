import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { workerUrl } from "../util/index.js";

const compress = promisify(gzip);

/** Imports and re-exports from elsewhere, as compilers and minifiers write them. */
const imports = /(\bfrom\s*|\bimport\s*)(["'])([^"'\n]+)\2/g;

/** Where a module of the page comes from. */
function fileOf(specifier: string, importer: string): string {
  if (specifier.startsWith(".")) return join(dirname(importer), specifier);
  const build = dirname(createRequire(import.meta.url).resolve("three"));
  if (specifier === "three") return join(build, "three.module.min.js");
  if (specifier.startsWith("three/addons/")) return join(build, "..", "examples", "jsm", specifier.slice(13));
  throw new Error(`Cannot put "${specifier}" into a page: three.js and the page's own modules alone are known`);
}

let packed: Promise<string> | undefined;

/** The page's modules, three.js among them, each after those that it imports: JSON, gzipped, in base64. */
export function pageCode(): Promise<string> {
  packed ??= collect(fileURLToPath(workerUrl(import.meta.url, "./page/main.js"))).then(async (modules) => {
    const bytes = await compress(JSON.stringify(modules), { level: 9 });
    return bytes.toString("base64");
  });
  return packed;
}

/** [name, source] of a module and all below it; imports in a source read "@module:<name>". */
async function collect(entry: string): Promise<[string, string][]> {
  const names = new Map<string, string>();
  const modules: [string, string][] = [];
  const add = async (file: string): Promise<string> => {
    const known = names.get(file);
    if (known !== undefined) return known;
    const name = `m${names.size}`;
    names.set(file, name);
    const source = await readFile(file, "utf8");
    const inner = new Map<string, string>();
    for (const [, , , specifier] of source.matchAll(imports)) {
      if (specifier !== undefined && !inner.has(specifier)) inner.set(specifier, await add(fileOf(specifier, file)));
    }
    modules.push([name, source.replace(imports, (_, keyword: string, _quote, specifier: string) => `${keyword}"@module:${inner.get(specifier)}"`)]);
    return name;
  };
  await add(entry);
  return modules;
}
