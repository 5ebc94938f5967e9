// Keeps one server for each key, whatever order starts and stops come in.

/** `start` gives undefined where it fails: another `keep` tries again. */
export class Servers<T> {
  private readonly running = new Map<string, T>();
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly start: (key: string) => Promise<T | undefined>,
    private readonly stop: (server: T) => Promise<void>,
  ) {}

  /** Have servers for exactly these keys; with `anew`, none of those that run now. One call waits for the other. */
  keep(keys: readonly string[], anew: boolean): Promise<void> {
    const next = this.queue.then(() => this.arrange(keys, anew));
    this.queue = next.catch(() => undefined);
    return next;
  }

  private async arrange(keys: readonly string[], anew: boolean): Promise<void> {
    const leaving = [...this.running].filter(([key]) => anew || !keys.includes(key));
    for (const [key] of leaving) {
      this.running.delete(key);
    }
    await Promise.allSettled(leaving.map(([, server]) => this.stop(server)));
    for (const key of keys) {
      if (!this.running.has(key)) {
        const server = await this.start(key);
        if (server !== undefined) {
          this.running.set(key, server);
        }
      }
    }
  }
}
