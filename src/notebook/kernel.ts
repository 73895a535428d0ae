import { createRequire } from "node:module";
import { UserError } from "../util/index.js";

// The only file that knows the notebook's kernel, tslab: it sends outputs to the cell that runs.

/** One output in several formats, by mime type; the reader of the notebook picks the richest that it knows. */
export type MimeBundle = Readonly<Record<string, unknown>>;

interface KernelOutput {
  /** Set while a kernel runs, from its first cell on. */
  lastWriteDisplayData?: null | undefined | ((message: { data: MimeBundle; metadata: object; transient: { display_id?: string } }, update: boolean) => void);
}

let kernelOutput: KernelOutput | undefined;

/** The running kernel's own module: a second copy of it would know no cell. Empty where tslab is not installed. */
function output(): KernelOutput {
  if (kernelOutput !== undefined) return kernelOutput;
  try {
    kernelOutput = createRequire(import.meta.url)("tslab/dist/jupyter.js") as KernelOutput;
  } catch {
    kernelOutput = {};
  }
  return kernelOutput;
}

/** Whether a notebook cell has run in this process. */
export function insideNotebook(): boolean {
  return typeof output().lastWriteDisplayData === "function";
}

/**
 * A function that sends outputs to the cell that runs now, also when it is called later. With an `id`, each output
 * takes the place of the one before.
 *
 * @throws UserError outside a notebook
 */
export function cellOutput({ id }: { id?: string } = {}): (bundle: MimeBundle) => void {
  const write = output().lastWriteDisplayData;
  if (typeof write !== "function") throw new UserError("Cannot show an output: this works in a notebook cell of the project's kernel only. Open the notebook with `npm run lab`.");
  let sent = false;
  return (bundle) => {
    write({ data: bundle, metadata: {}, transient: id === undefined ? {} : { display_id: id } }, sent && id !== undefined);
    sent = true;
  };
}
