import { randomUUID } from "node:crypto";
import { countOf, terminalProgress, timeLeft, timeWords, type ProgressEvent, type ProgressFn } from "../util/index.js";
import { escapeHtml } from "./html.js";
import { cellOutput, insideNotebook, type MimeBundle } from "./kernel.js";

/** Most updates of a bar per second are wasted on a reader. */
const everyMs = 120;

/**
 * A live bar below the cell, with the time left, for everything that takes an `onProgress`. Outside a notebook it
 * writes a line to the terminal.
 *
 * @param label in place of the labels that the work reports
 * @example await train(config, { onProgress: progress("train") });
 */
export function progress(label?: string): ProgressFn {
  if (!insideNotebook()) {
    const line = terminalProgress();
    return (event) => line({ ...event, label: label ?? event.label });
  }
  const write = cellOutput({ id: randomUUID() });
  const started = Date.now();
  const timeLeftOf = timeLeft();
  let last = 0;
  return (event) => {
    const now = Date.now();
    const leftMs = timeLeftOf(event, now);
    const finished = event.done >= event.total;
    if (!finished && now - last < everyMs) return;
    last = now;
    write(progressBundle({ ...event, label: label ?? event.label }, { elapsedMs: now - started, leftMs }));
  };
}

/** A bar as HTML and as plain text. */
export function progressBundle({ done, total, label, detail }: ProgressEvent, time: { elapsedMs: number; leftMs: number | undefined }): MimeBundle {
  const share = total > 0 ? Math.min(1, done / total) : 1;
  const words = [`${label} ${Math.floor(100 * share)}%`, countOf({ done, total }, { between: " of " }), detail ?? "", timeWords({ done, total }, time)].filter((word) => word !== "").join(", ");
  return {
    "text/html": `<div><progress value="${share.toFixed(4)}" max="1" style="width:16em"></progress> ${escapeHtml(words)}</div>`,
    "text/plain": words,
  };
}
