// The notebooks' kernel: tslab, started in the project's folder, with strict types for cells.
// tslab fixes its own compiler options and reads no tsconfig.json; this wrapper changes the one function that takes them.
const path = require("node:path");

process.chdir(path.join(__dirname, ".."));

const tslabFolder = path.dirname(require.resolve("tslab/package.json"));
const compilerPath = require.resolve("@tslab/typescript-for-tslab", { paths: [tslabFolder] });
const compiler = require(compilerPath);
const createWatchCompilerHost = (files, options, ...rest) =>
  compiler.createWatchCompilerHost(files, { ...options, strict: true }, ...rest);
require.cache[compilerPath].exports = { ...compiler, createWatchCompilerHost };

require("tslab/dist/main.js").startKernel({ configPath: process.argv[2], enableFindLocal: false, jsKernel: false, globalVersion: "" });
