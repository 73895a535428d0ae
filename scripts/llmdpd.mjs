#!/usr/bin/env node
// The command `llmdpd`: a committed, executable door to the compiled CLI, so that it exists before the first build.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(fileURLToPath(main))) {
  await import(main.href);
} else {
  console.error("Cannot run llmdpd: it has not been built yet. Run `npm run setup` first.");
  process.exitCode = 1;
}
