import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cudaReleases } from "./cuda-wheels.js";
import { cudaPlan, setupCuda } from "./setup-cuda.js";

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "llmdpd-cuda-"))));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

test.each(["12", "13"] as const)("the plan for CUDA %s names sizes, driver and every wheel", (cuda) => {
  const { lines, wheels } = cudaPlan({ cuda, folder: "/data/xla-cuda", pluginOnly: false });
  expect(wheels[0]?.name).toBe(`jax-cuda${cuda}-pjrt`);
  expect(lines[0]).toMatch(/^XLA for NVIDIA, CUDA 1[23]: 1\d wheels, [23]\.\d GB to download, about [45]\.\d GB of disk/);
  expect(lines[1]).toContain(cuda === "13" ? "580 or newer" : "525 or newer");
  expect(lines).toHaveLength(2 + cudaReleases[cuda].wheels.length);
  expect(new Set(wheels.map(({ sha256 }) => sha256)).size).toBe(wheels.length);
  expect(cudaPlan({ cuda, folder: "x", pluginOnly: true }).wheels).toHaveLength(1);
});

test("a dry run says the plan and touches nothing", async () => {
  const said: string[] = [];
  await setupCuda({ cuda: "13", folder: join(root, "xla-cuda"), pluginOnly: false, dryRun: true, say: (line) => said.push(line) });
  expect(said[0]).toContain("2.5 GB to download");
  expect(readdirSync(root)).toEqual([]);
});

test.runIf(process.platform === "linux")("a wheel that is another one is refused and removed; nothing is installed", async () => {
  // A pip that brings a file of the right name and the wrong contents.
  const bin = join(root, "bin");
  const site = join(bin, "fake");
  mkdirSync(join(site, "pip"), { recursive: true });
  writeFileSync(join(site, "pip", "__init__.py"), "");
  writeFileSync(join(site, "pip", "__main__.py"), 'import sys\nif "download" in sys.argv:\n open(sys.argv[sys.argv.index("-d") + 1] + "/jax_cuda13_pjrt-0.10.2-py3-none-any.whl", "w").write("other")\n');
  vi.stubEnv("PYTHONPATH", site);
  const folder = join(root, "xla-cuda");
  const task = setupCuda({ cuda: "13", folder, pluginOnly: true, dryRun: false, say: () => {} });
  await expect(task).rejects.toThrow(/Cannot use jax-cuda13-pjrt 0\.10\.2: required SHA-256 a97e9cab[0-9a-f]+, got [0-9a-f]{64}\./);
  expect(readdirSync(`${folder}-wheels`)).toEqual([]);
  expect(existsSync(folder)).toBe(false);
  expect(readFileSync(join(site, "pip", "__init__.py"), "utf8")).toBe("");
});
