import { UserError } from "./errors.js";

/** Serves calls in the order in which they were made: some alone, some beside each other up to a limit. */
export class CallOrder {
  private running = 0;
  private barrier: Promise<unknown> | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private closed = false;

  /** So many calls may be beside each other; calls after `close` are refused with this message. */
  constructor(
    private readonly limit: number,
    private readonly refusal: string,
  ) {}

  /** Begins at once if nothing wants to be alone and the limit is not reached. */
  async together<T>(work: () => Promise<T>): Promise<T> {
    if (this.barrier !== undefined || this.running >= this.limit) return this.alone(work);
    this.checkOpen();
    return this.follow(work());
  }

  /** Begins when all earlier calls are done; later ones wait for it. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(() => {
      this.checkOpen();
      return work();
    });
    return this.follow(result, (done) => void (this.barrier = done));
  }

  /** Does something when all calls are done, and refuses later ones. */
  close(work: () => void): void {
    if (!this.closed) void this.last.then(work);
    this.closed = true;
  }

  private async follow<T>(result: Promise<T>, mark: (done: Promise<unknown>) => void = () => {}): Promise<T> {
    this.running++;
    const done: Promise<unknown> = Promise.allSettled([this.last, result]).then(() => {
      this.running--;
      if (this.barrier === done) this.barrier = undefined;
    });
    this.last = done;
    mark(done);
    // Only then may the caller go on: its next call must not find itself still under way.
    return done.then(() => result);
  }

  private checkOpen(): void {
    if (this.closed) throw new UserError(this.refusal);
  }
}
