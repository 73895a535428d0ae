// Packs what a machine without npm, Python and network needs to train: Node, the built package and the packages that it
// loads. There: `tar xzf llmdpd-carry.tgz && ./node scripts/llmdpd.mjs doctor`. Below data/ go, by hand, the data sets, the
// plug-ins (data/cache/xla-cpu, data/cache/xla-cuda) and the simulator (data/cache/mujoco-…, metaworld-…) that are wanted.
import { execFileSync } from "node:child_process";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = process.argv[2] ?? "llmdpd-carry.tgz";
/** Large, and only for text models, ONNX and the viewer. */
const left = /onnxruntime|@img|@napi-rs|node_modules\/three$/;

const listed = execFileSync("npm", ["ls", "--omit=dev", "--all", "--parseable"], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
const packages = [...new Set(listed.split("\n").map((path) => relative(root, path)))].filter((path) => path.startsWith("node_modules") && path !== join("node_modules", "llmdpd") && !left.test(path));
execFileSync("tar", ["czf", target, "-C", root, "package.json", "scripts/llmdpd.mjs", "dist", "data/prompts", "data/policies", ...packages, "-C", dirname(process.execPath), "node"], { stdio: "inherit" });
console.log(`Packed ${packages.length} packages, the build and Node ${process.version} into ${target}.`);
