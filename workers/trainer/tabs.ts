/**
 * Two tabs of one run: one of them trains it, the others follow.
 *
 * Who trains holds a Web Lock from before the first step to the end; it is let go of also when the tab dies. Who follows
 * hears every event over a BroadcastChannel, what was before first. On origins that are not secure there are no locks: a
 * trainer is then known by its answer, which a step that takes longer than `MS_TO_ANSWER` can delay, and that it has died
 * is known only to whoever tries to train.
 */
import * as v from 'valibot';
import type { Drawings } from '../../src/core/drawings.ts';
import { lockManager, trainingLock } from '../../src/core/locks.ts';
import type { IterationRecord } from '../../src/core/microscope.ts';
import { FIRST } from '../../src/core/outside.ts';
import type { PipelineEvent, TrainerEvent } from '../../src/core/protocol.ts';
import { Outbox } from './outbox.ts';

const MS_TO_ANSWER = 1000;
/** Followers hold the lock for a moment when it becomes free. */
const ATTEMPTS = 5;
const MS_BETWEEN_ATTEMPTS = 50;

/** Other pages of this origin, or older ones of this, may speak on the same channel. What is in the lists the page checks. */
const object = v.custom<object>((value) => typeof value === 'object' && value !== null);
const state = v.picklist(['running', 'paused']);
const list = v.array(object);
const messageSchema = v.variant('kind', [
  v.object({ kind: v.literal('hello') }),
  v.object({ kind: v.literal('state'), state }),
  v.object({
    kind: v.literal('caught_up'),
    state,
    happened: list,
    shown: v.object({ drawings: object, iterations: list }),
  }),
  v.object({ kind: v.literal('events'), events: list }),
  v.object({ kind: v.literal('ended') }),
]);

/** A message that is one; null for every other. */
function messageIn({ data }: MessageEvent<unknown>): Message | null {
  const read = v.safeParse(messageSchema, data, FIRST);
  return read.success ? (read.output as Message) : null;
}

type Message =
  /** Asks whether somebody trains, and for all that was before. */
  | { kind: 'hello' }
  | { kind: 'state'; state: TrainingState }
  | { kind: 'caught_up'; state: TrainingState; happened: PipelineEvent[]; shown: Shown }
  | { kind: 'events'; events: readonly PipelineEvent[] }
  | { kind: 'ended' };

export type TrainingState = 'running' | 'paused';

/** What a run has drawn and recorded so far. */
interface Shown {
  drawings: Drawings;
  iterations: readonly IterationRecord[];
}

/** Another tab trains the run: this one may look on. */
class TrainedElsewhereError extends Error {
  override name = 'TrainedElsewhereError';

  constructor(run: string) {
    super(`another tab trains ${run}; nothing was changed`);
  }
}

const channelOf = (run: string): BroadcastChannel => new BroadcastChannel(`rlhf-playground.training.${run}`);

/** The side of the tab that trains. */
export class Lead {
  readonly #channel: BroadcastChannel;
  readonly #outbox: Outbox<PipelineEvent>;
  /** Beginnings and ends of stages so far. */
  readonly #happened: PipelineEvent[] = [];
  #state: TrainingState;
  /** Somebody listens; before that nothing is sent. */
  #followed = false;

  constructor(run: string, state: TrainingState, shown: () => Shown) {
    this.#state = state;
    this.#channel = channelOf(run);
    this.#outbox = new Outbox((events) => this.#post({ kind: 'events', events }));
    this.#channel.onmessage = (event: MessageEvent<unknown>) => {
      if (messageIn(event)?.kind !== 'hello') return;
      void this.#outbox.flush();
      this.#followed = true;
      this.#post({ kind: 'caught_up', state: this.#state, happened: this.#happened, shown: shown() });
    };
    this.#post({ kind: 'state', state });
  }

  set state(state: TrainingState) {
    this.#state = state;
    this.#post({ kind: 'state', state });
  }

  tell(event: PipelineEvent): void {
    if (event.kind.startsWith('stage_')) this.#happened.push(event);
    if (this.#followed) this.#outbox.add(event);
  }

  close(): void {
    void this.#outbox.flush();
    this.#post({ kind: 'ended' });
    this.#channel.close();
  }

  #post(message: Message): void {
    this.#channel.postMessage(message);
  }
}

/** Does `work` while no other tab can train `run`. Rejects with a TrainedElsewhereError where one does. */
export async function asOnlyTrainer<T>(run: string, work: () => Promise<T>): Promise<T> {
  const manager = lockManager();
  if (!manager) {
    if (await somebodyAnswers(run)) throw new TrainedElsewhereError(run);
    return work();
  }
  for (let attempt = 0; attempt < ATTEMPTS && !(await isHeld(manager, run)); attempt++) {
    const done = await manager.request(trainingLock(run), { ifAvailable: true }, async (lock) =>
      lock ? { result: await work() } : null,
    );
    if (done) return done.result;
    await new Promise((resolve) => setTimeout(resolve, MS_BETWEEN_ATTEMPTS));
  }
  throw new TrainedElsewhereError(run);
}

async function isHeld(manager: LockManager, run: string): Promise<boolean> {
  const { held = [] } = await manager.query();
  return held.some(({ name, mode }) => name === trainingLock(run) && mode === 'exclusive');
}

function somebodyAnswers(run: string): Promise<boolean> {
  const channel = channelOf(run);
  return new Promise<boolean>((resolve) => {
    channel.onmessage = (event: MessageEvent<unknown>) => {
      if (messageIn(event)?.kind === 'caught_up') resolve(true);
    };
    channel.postMessage({ kind: 'hello' } satisfies Message);
    setTimeout(() => resolve(false), MS_TO_ANSWER);
  }).finally(() => channel.close());
}

/** The side of a tab that shows a run, and may find that another one trains it. */
export class Follower {
  readonly #run: string;
  readonly #tell: (event: TrainerEvent) => void;
  readonly #channel: BroadcastChannel;
  readonly #closed = new AbortController();
  #state: TrainingState | null = null;

  constructor(run: string, tell: (event: TrainerEvent) => void) {
    this.#run = run;
    this.#tell = tell;
    this.#channel = channelOf(run);
    this.#channel.onmessage = (event: MessageEvent<unknown>) => {
      const message = messageIn(event);
      if (message) this.#hear(message);
    };
    this.#hello();
    const manager = lockManager();
    // Who trains may have answered before, and knows better.
    if (manager) void isHeld(manager, run).then((held) => held && this.#state === null && this.#follow('running'));
  }

  close(): void {
    this.#closed.abort();
    this.#channel.close();
  }

  #hear(message: Message): void {
    switch (message.kind) {
      case 'state':
        // A run has begun.
        if (this.#state === null) this.#hello();
        this.#follow(message.state);
        break;
      case 'caught_up':
        this.#follow(message.state);
        this.#tell({ kind: 'followed', run: this.#run, events: message.happened });
        this.#tell({ kind: 'caught_up', run: this.#run, ...message.shown });
        break;
      case 'events':
        this.#tell({ kind: 'followed', run: this.#run, events: message.events });
        break;
      case 'ended':
        if (!lockManager()) this.#lost();
    }
  }

  #hello(): void {
    this.#channel.postMessage({ kind: 'hello' } satisfies Message);
  }

  #follow(state: TrainingState): void {
    const known = this.#state;
    if (this.#closed.signal.aborted || known === state) return;
    this.#state = state;
    this.#tell({ kind: 'elsewhere', run: this.#run, state });
    if (known === null) void this.#waitForTheEnd();
  }

  /** Whoever trains lets go of the lock at the end, or when the tab dies. */
  async #waitForTheEnd(): Promise<void> {
    const options = { mode: 'shared', signal: this.#closed.signal } as const;
    try {
      await lockManager()?.request(trainingLock(this.#run), options, () => undefined);
    } catch {
      // Closed meanwhile.
      return;
    }
    if (lockManager()) this.#lost();
  }

  #lost(): void {
    if (this.#state === null) return;
    this.#state = null;
    this.#tell({ kind: 'elsewhere', run: this.#run, state: null });
  }
}
