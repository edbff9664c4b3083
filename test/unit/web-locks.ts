/** Web Locks, exclusive ones, as browsers have them: Node has none. */
type Work = (lock: { name: string } | null) => unknown;

export class WebLocks {
  readonly #held = new Map<string, Promise<unknown>>();
  /** Names that somebody waits for now. */
  readonly waited: string[] = [];

  async request(name: string, ...rest: [Work] | [{ ifAvailable?: boolean }, Work]): Promise<unknown> {
    const [{ ifAvailable = false }, work] = rest.length === 2 ? rest : [{}, rest[0]];
    if (ifAvailable && this.#held.has(name)) return work(null);
    const before = this.#held.get(name);
    const done = (async () => {
      if (before) {
        this.waited.push(name);
        await before.catch(() => undefined);
        this.waited.splice(this.waited.indexOf(name), 1);
      }
      return work({ name });
    })();
    this.#held.set(name, done);
    try {
      return await done;
    } finally {
      if (this.#held.get(name) === done) this.#held.delete(name);
    }
  }
}
