/** One device for all: a step, a few tokens of a chat, a pair of the arena, one after another. */

/** Lets messages in between two steps. A MessageChannel, because timers are slowed down in hidden tabs. */
const channel = new MessageChannel();
const waiting: (() => void)[] = [];
channel.port1.onmessage = () => waiting.shift()?.();
export function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}

export class Turns {
  /** The last of what waits. */
  #last: Promise<unknown> = Promise.resolve();

  /** Does `work` after all that was asked for before it. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
