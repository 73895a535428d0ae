/** How far a long piece of work has come; library functions report it through an optional callback and never print. */
export interface ProgressEvent {
  readonly done: number;
  readonly total: number;
  readonly label: string;
  readonly detail?: string;
}

/** Takes reports of progress: `terminalProgress()`, `progress()` in a notebook, or one's own. */
export type ProgressFn = (event: ProgressEvent) => void;

/** "1 h 02 min", "3 min 20 s", "12 s". */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/**
 * The time left of some work in milliseconds, asked at each report; undefined until something was done. It goes by the
 * pace of the latter half of the time so far, so that what an earlier run had done, or found done, soon stops counting.
 *
 * @example const left = timeLeft(); left({ done: 0, total: 10 }, 0); left({ done: 2, total: 10 }, 1000); // 4000
 */
export function timeLeft(): (event: Pick<ProgressEvent, "done" | "total">, now: number) => number | undefined {
  const seen: { readonly time: number; readonly done: number }[] = [];
  let start: number | undefined;
  return ({ done, total }, now) => {
    start ??= now;
    const half = start + (now - start) / 2;
    while (seen.length > 1 && (seen[1] as { time: number }).time <= half) seen.shift();
    // A hundredth of the time apart, so that long work remembers little.
    const latest = seen.at(-1);
    if (latest === undefined || now - latest.time >= (now - start) / 100) seen.push({ time: now, done });
    const from = seen[0] as { time: number; done: number };
    return done > from.done ? ((now - from.time) / (done - from.done)) * (total - done) : undefined;
  };
}

/** "12/40"; empty where the total is 100, as the percentage says it already. */
export function countOf({ done, total }: Pick<ProgressEvent, "done" | "total">, { between = "/" } = {}): string {
  return total === 100 ? "" : `${done}${between}${total}`;
}

/** "20 s left" while the work goes on, if that is known; "3 min 20 s", what it took, when it has ended. */
export function timeWords({ done, total }: Pick<ProgressEvent, "done" | "total">, { elapsedMs, leftMs }: { elapsedMs: number; leftMs: number | undefined }): string {
  if (done >= total) return formatDuration(elapsedMs);
  return leftMs === undefined ? "" : `${formatDuration(leftMs)} left`;
}

/**
 * A progress reporter for a terminal: one line rewritten in place, or, where output is not a terminal, one line every
 * ten seconds. Both show the time left.
 */
export function terminalProgress(stream: NodeJS.WriteStream = process.stderr): ProgressFn {
  const works = new Map<string, { start: number; left: ReturnType<typeof timeLeft> }>();
  let last = 0;
  return ({ done, total, label, detail }) => {
    const now = Date.now();
    const work = works.get(label) ?? { start: now, left: timeLeft() };
    works.set(label, work);
    const leftMs = work.left({ done, total }, now);
    const finished = done >= total;
    if (!finished && now - last < (stream.isTTY ? 100 : 10_000)) return;
    last = now;
    const percent = total > 0 ? Math.floor((100 * done) / total) : 100;
    const count = countOf({ done, total });
    const time = timeWords({ done, total }, { elapsedMs: now - work.start, leftMs });
    const text = [[`${label} ${percent} %`, count && `(${count})`, detail].filter(Boolean).join(" "), time].filter(Boolean).join(", ");
    if (stream.isTTY) stream.write(`\r\u001b[2K${text.slice(0, (stream.columns ?? 100) - 1)}${finished ? "\n" : ""}`);
    else stream.write(`${text}\n`);
    if (finished) works.delete(label);
  };
}
