/** What the rail says of a stop, beside its figure: its state, as a sign and in words. */
import { percent, t } from '../i18n/index.ts';
import type { Run } from '../session/run.svelte.ts';
import type { StageProgress, StageState } from '../session/stage.svelte.ts';

const SIGNS: Readonly<Record<StageState, string>> = {
  waiting: '○',
  running: '◐',
  stopped: '◑',
  done: '●',
  failed: '✕',
};

export interface StopState {
  sign: string;
  words: string;
  tone: 'plain' | 'bad' | 'warn';
}

export function stopState(run: Run, { state, share, name }: StageProgress): StopState {
  const text = t().stage.state;
  if (state === 'done' && run.isStale(name)) return { sign: '↻', words: text.stale, tone: 'warn' };
  const sign = SIGNS[state];
  switch (state) {
    case 'running': {
      const paused = run.activity === 'paused' && run.current === name;
      return {
        sign: paused ? '‖' : sign,
        words: (paused ? text.paused : text.running)(percent(share ?? 0)),
        tone: 'plain',
      };
    }
    case 'stopped':
      return { sign, words: text.stopped(share === null ? '' : percent(share)), tone: 'plain' };
    case 'failed':
      return { sign, words: text.failed, tone: 'bad' };
    default:
      return { sign, words: text[state], tone: 'plain' };
  }
}
