/** One checkpoint's answer to a prompt, as it comes. */
import type { ChatAnswer, ChatEvent, ChatToken, CheckpointInfo } from '../core/protocol.ts';
import { errorOf } from '../core/thrown.ts';

export type ReplyState = 'loading' | 'writing' | 'failed' | ChatAnswer['ending'];

export class Reply {
  readonly checkpoint: CheckpointInfo;
  state = $state<ReplyState>('loading');
  tokens = $state.raw<readonly ChatToken[]>([]);
  /** Why it failed: the error's name, and its message for those who look closer; English. */
  error = $state.raw<{ name: string; message: string } | null>(null);

  constructor(checkpoint: CheckpointInfo) {
    this.checkpoint = checkpoint;
  }

  /** Whether there is more to come. */
  get open(): boolean {
    return this.state === 'loading' || this.state === 'writing';
  }

  hear(event: ChatEvent): void {
    // The last tokens may arrive after the whole.
    if (!this.open) return;
    this.state = 'writing';
    if (event.kind === 'token') this.tokens = [...this.tokens, event.token];
  }

  end({ tokens, ending }: ChatAnswer): void {
    this.tokens = tokens;
    this.state = ending;
  }

  /** What was written stays. */
  fail(error: unknown): void {
    const { name, message } = errorOf(error);
    this.error = { name, message };
    this.state = 'failed';
  }
}
