/**
 * Notebooks as a reader meets them: JupyterLab in a headless Chromium, all cells run from the menu, figures counted.
 * Without a Chromium the test says so and passes; where CI=true it fails.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, describe, expect, it } from "vitest";
import { dataPath, projectRoot } from "../src/util/index.js";
import { chromiumArguments, findChromium } from "./chromium.js";

interface Notebook {
  readonly cells: { cell_type: string; outputs?: { data?: Record<string, unknown> }[]; execution_count?: number | null }[];
}

const root = projectRoot();
const python = process.platform === "win32" ? join(root, ".venv", "Scripts", "python.exe") : join(root, ".venv", "bin", "python");
const minutes = 60_000;
const folder = mkdtempSync(join(tmpdir(), "browser-"));
const token = randomBytes(24).toString("hex");

let lab: ChildProcess | undefined;
let labAddress: Promise<string> | undefined;
let browser: Browser | undefined;
afterAll(async () => {
  await browser?.close();
  if (lab !== undefined && lab.exitCode === null) {
    const ended = new Promise((resolve) => lab?.once("exit", resolve));
    lab.kill();
    await ended;
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Starts JupyterLab on this machine's own address, on a free port, with settings of its own; returns its address once it answers. */
async function startLab(): Promise<string> {
  const data = join(folder, "data");
  mkdirSync(data);
  symlinkSync(dataPath("cache"), join(data, "cache"), "junction");
  // All cells in the page at once: JupyterLab leaves out those that are not in view otherwise.
  const settings = join(folder, "settings");
  mkdirSync(join(settings, "@jupyterlab", "notebook-extension"), { recursive: true });
  writeFileSync(join(settings, "@jupyterlab", "notebook-extension", "tracker.jupyterlab-settings"), '{ "windowingMode": "none" }');
  const options = [
    "--no-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", `--IdentityProvider.token=${token}`, `--ServerApp.root_dir=${folder}`,
    `--LabApp.user_settings_dir=${settings}`, `--LabApp.workspaces_dir=${join(folder, "workspaces")}`, "--allow-root",
  ];
  const own = { JUPYTER_CONFIG_DIR: join(folder, "config"), JUPYTER_RUNTIME_DIR: join(folder, "runtime"), JUPYTER_PREFER_ENV_PATH: "1" };
  lab = spawn(python, ["-m", "jupyterlab", ...options], { cwd: root, env: { ...process.env, ...own, LLMDPD_FAST: "1", LLMDPD_DATA: data }, stdio: ["ignore", "pipe", "pipe"] });
  const told = await new Promise<string>((resolve, reject) => {
    let log = "";
    const read = (chunk: Buffer): void => {
      log += chunk.toString();
      const address = /http:\/\/127\.0\.0\.1:(\d+)\/lab/.exec(log)?.[1];
      if (address !== undefined) resolve(`http://127.0.0.1:${address}`);
    };
    lab?.stdout?.on("data", read);
    lab?.stderr?.on("data", read);
    lab?.on("error", reject);
    lab?.on("exit", (code) => reject(new Error(`JupyterLab ended with code ${code}:\n${log.slice(-2000)}`)));
  });
  // It tells its address before it listens.
  const answers = (): Promise<boolean> => fetch(`${told}/api`).then(({ ok }) => ok, () => false);
  await expect.poll(answers, { timeout: 1 * minutes, interval: 100 }).toBe(true);
  return told;
}

/** Copies a notebook without its outputs; returns the number of its code cells, and of the figures that they had shown. */
function copyWithoutOutputs(name: string): { cells: number; figures: number } {
  const notebook = JSON.parse(readFileSync(join(root, "notebooks", name), "utf8")) as Notebook;
  let [cells, figures] = [0, 0];
  for (const cell of notebook.cells) {
    if (cell.cell_type !== "code") continue;
    cells++;
    figures += cell.outputs?.filter((output) => output.data?.["application/vnd.plotly.v1+json"] !== undefined).length ?? 0;
    cell.outputs = [];
    cell.execution_count = null;
  }
  writeFileSync(join(folder, name), JSON.stringify(notebook));
  return { cells, figures };
}

/** Runs all cells from the menu and waits until each has its number, or one has failed. */
async function runAll(page: Page, { address, name, cells }: { address: string; name: string; cells: number }): Promise<void> {
  // A workspace of its own: JupyterLab would open the notebooks of the one before again.
  await page.goto(`${address}/lab/workspaces/${name.replace(".ipynb", "")}/tree/${name}?token=${token}`);
  const prompts = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt");
  const failures = page.locator('[data-mime-type="application/vnd.jupyter.stderr"]');
  const started = async (pattern: RegExp): Promise<number> => (await prompts.allTextContents()).filter((prompt) => pattern.test(prompt)).length;
  await expect.poll(() => prompts.count(), { timeout: 2 * minutes }).toBe(cells);
  // JupyterLab lets the menu be used before the kernel is there, and then does nothing: try until the cells wait.
  const click = async (): Promise<number | string> => {
    const dialog = page.locator("dialog.jp-Dialog");
    if ((await dialog.count()) > 0) {
      const words = (await dialog.allTextContents()).join("; ");
      // On a busy machine JupyterLab may ask before it has read which kernel the notebook names.
      if (!words.startsWith("Select Kernel")) return words;
      await dialog.locator("select").selectOption({ label: "TypeScript (llmdpd)" });
      await dialog.getByRole("button", { name: "Select", exact: false }).last().click();
    }
    await page.getByRole("menuitem", { name: "Run", exact: true }).click();
    await page.getByRole("menuitem", { name: /^Run All Cells/ }).click();
    await page.waitForTimeout(2_000);
    return (await failures.count()) > 0 ? cells : started(/[\d*]/);
  };
  await expect.poll(click, { timeout: 2 * minutes, interval: 1_000 }).toBe(cells);
  const done = async (): Promise<boolean> => (await failures.count()) > 0 || (await started(/\d/)) === cells;
  await expect.poll(done, { timeout: 12 * minutes, interval: 500 }).toBe(true);
}

const executable = findChromium();
const notebooks = existsSync(join(root, "notebooks")) ? readdirSync(join(root, "notebooks")).filter((name) => name.endsWith(".ipynb")) : [];

describe("notebooks in a browser", () => {
  it("have a Chromium to run in, where CI runs them", () => {
    if (executable === undefined) console.warn("No Chromium was found (name one in LLMDPD_CHROMIUM): the notebooks are not tried in a browser.");
    expect(executable !== undefined || process.env["CI"] !== "true").toBe(true);
  });

  if (executable === undefined) return;

  it.each(notebooks)(
    "%s runs from the menu and shows its figures",
    async (name) => {
      const { cells, figures } = copyWithoutOutputs(name);
      // One JupyterLab and one browser serve all notebooks.
      labAddress ??= startLab();
      browser ??= await chromium.launch({ executablePath: executable, args: [...chromiumArguments, "--disable-gpu"] });
      const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
      await runAll(page, { address: await labAddress, name, cells });
      expect(await page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').allTextContents()).toEqual([]);
      expect(figures).toBeGreaterThan(0);
      const drawn = page.locator(".js-plotly-plot:has(.main-svg)");
      await expect.poll(() => drawn.count(), { timeout: 1 * minutes }).toBe(figures);
      if (process.env["LLMDPD_SCREENSHOT"] !== undefined) await page.screenshot({ path: process.env["LLMDPD_SCREENSHOT"] });
      await page.close();
    },
    20 * minutes,
  );
});
