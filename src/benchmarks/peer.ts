import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface } from "node:readline";

/** A process that is told by a line of JSON what to do and answers with one line; between two requests it sleeps. */
export class Peer {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly waiting: { resolve: (answer: unknown) => void; reject: (error: Error) => void }[] = [];
  private problems = "";
  private ended: Error | undefined;

  /** @param command the program and its arguments, a pinning prefix included */
  constructor(readonly name: string, command: readonly string[], { env = {} }: { env?: Readonly<Record<string, string>> } = {}) {
    const [program = "", ...args] = command;
    this.child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    this.child.stderr.on("data", (chunk: Buffer) => (this.problems = (this.problems + chunk.toString()).slice(-4000)));
    this.child.stdin.on("error", () => undefined);
    this.child.on("error", (error) => this.end(error));
    this.child.on("close", (code, signal) => this.end(new Error(`${this.name} ended with ${signal ?? code}: ${this.problems.trim()}`)));
    createInterface({ input: this.child.stdout }).on("line", (line) => this.answer(line));
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws Error with the peer's own message, or when it has ended or takes longer than `timeoutMs`
   */
  async request<T>(message: Readonly<Record<string, unknown>>, { timeoutMs }: { timeoutMs: number }): Promise<T> {
    if (this.ended !== undefined) throw this.ended;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        this.waiting.push({ resolve: (answer) => resolve(answer as T), reject });
        timer = setTimeout(() => {
          this.stop();
          reject(new Error(`${this.name} gave no answer to "${String(message["do"])}" within ${Math.round(timeoutMs / 1000)} s`));
        }, timeoutMs);
        this.child.stdin.write(`${JSON.stringify(message)}\n`);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the process. */
  stop(): void {
    this.child.kill("SIGKILL");
  }

  private answer(line: string): void {
    if (!line.startsWith("{")) return;
    const answer = JSON.parse(line) as { error?: string };
    const request = this.waiting.shift();
    if (answer.error === undefined) request?.resolve(answer);
    else request?.reject(new Error(`${this.name}: ${answer.error}`));
  }

  private end(error: Error): void {
    this.ended ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(this.ended);
  }
}
