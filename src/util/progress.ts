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
 * A progress reporter for a terminal: one line rewritten in place, or, where output is not a terminal, one line every
 * ten seconds. Both show the time left.
 */
export function terminalProgress(stream: NodeJS.WriteStream = process.stderr): ProgressFn {
  const starts = new Map<string, { time: number; done: number }>();
  let last = 0;
  return ({ done, total, label, detail }) => {
    const now = Date.now();
    const start = starts.get(label) ?? { time: now, done };
    starts.set(label, start);
    const finished = done >= total;
    if (!finished && now - last < (stream.isTTY ? 100 : 10_000)) return;
    last = now;
    const gained = done - start.done;
    const left = gained > 0 && !finished ? `, ${formatDuration(((now - start.time) / gained) * (total - done))} left` : "";
    const percent = total > 0 ? Math.floor((100 * done) / total) : 100;
    const text = `${label} ${percent} % (${done}/${total})${detail === undefined ? "" : ` ${detail}`}${finished ? `, ${formatDuration(now - start.time)}` : left}`;
    if (stream.isTTY) stream.write(`\r\u001b[2K${text.slice(0, (stream.columns ?? 100) - 1)}${finished ? "\n" : ""}`);
    else stream.write(`${text}\n`);
    if (finished) starts.delete(label);
  };
}
