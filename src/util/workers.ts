import { availableParallelism } from "node:os";
import { sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { UserError } from "./errors.js";

/** The compiled file of a worker, also when the caller runs from TypeScript source (tests). */
export function workerUrl(importMetaUrl: string, relative: string): URL {
  const path = fileURLToPath(new URL(relative, importMetaUrl));
  const source = `${sep}src${sep}`;
  const at = path.lastIndexOf(source);
  return at < 0 || fileURLToPath(importMetaUrl).endsWith(".js")
    ? pathToFileURL(path)
    : pathToFileURL(`${path.slice(0, at)}${sep}dist${sep}${path.slice(at + source.length)}`);
}

/**
 * Runs jobs over worker threads and returns their results in the order of the jobs, whatever the number of threads.
 * A worker answers each message with `{ result }` or `{ error, user }`; `user` tells that the error is a `UserError`,
 * which messages between threads do not keep.
 *
 * @throws the first error of any job, or the reason of `signal`, after all threads have been stopped
 */
export async function mapWorkers<Job, Result>(
  jobs: readonly Job[],
  { url, threads = availableParallelism(), onDone, signal }: { url: URL; threads?: number; onDone?: (index: number, result: Result) => void; signal?: AbortSignal },
): Promise<Result[]> {
  const results: Result[] = Array.from({ length: jobs.length });
  const workers: Worker[] = [];
  let next = 0;
  const serve = (worker: Worker): Promise<void> =>
    new Promise((resolve, reject) => {
      let current = -1;
      const take = (): void => {
        if (next >= jobs.length) return resolve();
        current = next++;
        worker.postMessage(jobs[current]);
      };
      worker.on("message", (message: { result?: Result; error?: Error; user?: boolean }) => {
        if (message.error !== undefined) return reject(message.user === true ? new UserError(message.error.message, { cause: message.error }) : message.error);
        results[current] = message.result as Result;
        onDone?.(current, message.result as Result);
        take();
      });
      worker.on("error", reject);
      worker.on("exit", (code) => reject(new Error(`Worker ended early with exit code ${code}`)));
      take();
    });
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => (stop = () => reject(signal?.reason)));
  try {
    signal?.throwIfAborted();
    signal?.addEventListener("abort", stop, { once: true });
    for (let i = 0; i < Math.min(threads, jobs.length); i++) workers.push(new Worker(url));
    await Promise.race([Promise.all(workers.map(serve)), stopped]);
    return results;
  } finally {
    signal?.removeEventListener("abort", stop);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
