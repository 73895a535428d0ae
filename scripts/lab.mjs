#!/usr/bin/env node
// Opens JupyterLab of the project's own environment on the notebooks; options are passed on: `npm run lab -- --port 9999`.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const python = process.platform === "win32" ? join(root, ".venv", "Scripts", "python.exe") : join(root, ".venv", "bin", "python");
const first = "notebooks/00-start-here.ipynb";

const options = [`--ServerApp.root_dir=${root}`];
if (existsSync(join(root, first))) options.push(`--LabApp.default_url=/lab/tree/${first}`);
// In a container there is often no other user; Jupyter then asks for this word, and still listens on this machine only.
if (process.getuid?.() === 0) options.push("--allow-root");

const lab = spawn(python, ["-m", "jupyterlab", ...options, ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
  // This project's kernel before one of the same name in the user's home.
  env: { ...process.env, JUPYTER_PREFER_ENV_PATH: "1" },
});
lab.on("error", (error) => {
  console.error(`Cannot open JupyterLab: ${error.message}. Run \`npm run setup\` first.`);
  process.exitCode = 1;
});
lab.on("exit", (code) => {
  process.exitCode = code ?? 0;
});
// Jupyter gets Ctrl-C from the terminal itself and asks whether it should stop.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => lab.kill());
