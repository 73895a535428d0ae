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

// Files are not watched: after a build the kernel has to be restarted anyway, because values stay those of the old
// build, and a file that changes while a cell is compiled makes tslab fail.
compiler.sys.watchFile = () => ({ close() {} });
compiler.sys.watchDirectory = () => ({ close() {} });

require("tslab/dist/main.js").startKernel({ configPath: process.argv[2], enableFindLocal: false, jsKernel: false, globalVersion: "" });

// A promise that nobody awaits may fail after its cell has ended: its message then reaches no cell, and a run of the
// notebook without a browser ends as if nothing had happened. Such a run names a file here, and looks into it.
const lostMessages = process.env.LLMDPD_KERNEL_LOG;
if (lostMessages) {
  // A heartbeat of tslab's own that is still to be answered when the kernel is shut down is of no cell.
  const isHeartbeat = (error) => error?.message === "Socket is closed" && /tslab[\\/]dist[\\/]jupyter\.js/.test(error.stack);
  const keep = (error) => isHeartbeat(error) || require("node:fs").appendFileSync(lostMessages, `${error?.stack ?? error}\n`);
  process.on("unhandledRejection", keep);
  process.on("uncaughtException", keep);
}
